#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct error error;

/* Counts entries of the test's folder. */
static int entries(void)
{
    int count = 0;
    DIR *directory = opendir(".");
    for (struct dirent *entry; (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

TestSuite(files, .init = folder_enter, .fini = folder_end);

static void writes(const char *path, const char *text)
{
    assert_success(file_write(path, text, strlen(text), &error));
}

static void expect_content(const char *path, const char *expected)
{
    char *bytes;
    size_t length;
    assert_success(file_read(path, 1 << 20, &bytes, &length, &error));
    cr_assert_eq(length, strlen(expected));
    cr_assert_str_eq(bytes, expected);
    free(bytes);
}

static void cannot_read(const char *path, uint64_t most, const char *sentence)
{
    char *bytes;
    size_t length;
    cr_assert_not(file_read(path, most, &bytes, &length, &error), "read %s", path);
    cr_assert_str_eq(error.text, sentence);
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    cr_assert_eq(stat(path, &status), 0);
    return status.st_mode;
}

static void cannot_write(const char *path, const char *sentence)
{
    cr_assert_not(file_write(path, "text", 4, &error), "wrote %s", path);
    cr_assert_eq(error.kind, ERROR_RUN);
    assert_contains(error.text, sentence);
}

Test(files, a_new_file_obeys_the_umask)
{
    umask(027);
    writes("new", "one");
    expect_content("new", "one");
    cr_assert_eq(mode_of("new") & 07777, 0640);
    cr_assert_eq(entries(), 1);
}

Test(files, an_old_file_is_replaced_and_keeps_its_mode)
{
    writes("old", "something longer");
    cr_assert_eq(chmod("old", 0604), 0);
    writes("old", "two");
    expect_content("old", "two");
    cr_assert_eq(mode_of("old") & 07777, 0604);
    cr_assert_eq(entries(), 1);
}

Test(files, links_are_followed_and_stay)
{
    char target[64];
    cr_assert_eq(mkdir("below", 0777), 0);
    cr_assert_eq(symlink("second", "first"), 0);
    cr_assert_eq(symlink("below/file", "second"), 0);
    writes("first", "new"); /* to a file that does not exist yet */
    expect_content("below/file", "new");
    writes("first", "newer");
    expect_content("below/file", "newer");
    cr_assert_eq(readlink("first", target, sizeof target), (ssize_t)strlen("second"));
    cr_assert_eq(readlink("second", target, sizeof target), (ssize_t)strlen("below/file"));
    cr_assert_eq(remove("below/file"), 0);

    cr_assert_eq(symlink("loop", "loop"), 0);
    cannot_write("loop", "cannot follow the link");
}

Test(files, missing_folders_are_created)
{
    writes("a/b/c", "deep");
    expect_content("a/b/c", "deep");
}

Test(files, a_failure_leaves_nothing_behind)
{
    writes("plain", "kept");
    cannot_write("plain/below", "Not a directory");
    cannot_write("plain/below/further", "Not a directory");
    cr_assert_eq(mkdir("folder", 0777), 0);
    cannot_write("folder", "it is a folder");
    cannot_write("folder/", "it is a folder");
    cannot_write("", "No such file");
    cannot_write("/proc/no-such-entry", "/proc/no-such-entry");
    expect_content("plain", "kept");
    cr_assert_eq(entries(), 2);
}

Test(files, a_full_device_is_an_error_and_stays_a_device)
{
    cannot_write("/dev/full", "No space left");
    cr_assert(S_ISCHR(mode_of("/dev/full")));
    writes("/dev/null", "gone");
    cr_assert(S_ISCHR(mode_of("/dev/null")));
}

/* Replacing the file by its name would lose what is written to the descriptor later. */
Test(files, an_open_file_is_written_in_place)
{
    static const char *const folders[] = {"/proc/self/fd", "/dev/fd", "links"};
    int log = open("log", O_WRONLY | O_CREAT, 0600);
    char expected[64] = "a line\n", path[64];
    struct stat before, after;
    cr_assert_eq(write(log, expected, strlen(expected)), (ssize_t)strlen(expected));
    cr_assert_eq(fstat(log, &before), 0);
    cr_assert_eq(symlink("/dev/fd", "links"), 0);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%d", folders[i], log);
        writes(path, "more\n");
        strcat(expected, "more\n");
        expect_content("log", expected);
    }
    cr_assert_eq(write(log, "end\n", 4), 4);
    strcat(expected, "end\n");
    expect_content("log", expected);
    cr_assert_eq(stat("log", &after), 0);
    cr_assert_eq(after.st_ino, before.st_ino);
    close(log);
    cannot_write(path, "No such file");
}

/* Another process writes to a FIFO, and this one reads. `check`: the other process checks the FIFO
 * first, and then waits. */
static void pass_through_fifo(bool check)
{
    int status;
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    pid_t writer = fork();
    if (writer == 0) {
        bool fine = !check || (file_check("fifo", &error) && usleep(100000) == 0);
        _exit(!fine || !file_write("fifo", "through", 7, &error));
    }
    expect_content("fifo", "through");
    cr_assert_eq(waitpid(writer, &status, 0), writer);
    cr_assert_eq(status, 0);
    cr_assert(S_ISFIFO(mode_of("fifo")));
}

Test(files, a_fifo_is_written_and_read_through)
{
    pass_through_fifo(false);
}

static void refused(const char *path, const char *sentence)
{
    const int before = entries();
    cr_assert_not(file_check(path, &error), "took %s", path);
    cr_assert_eq(error.kind, ERROR_RUN);
    assert_contains(error.text, sentence);
    cr_assert_eq(entries(), before);
    cannot_write(path, "");
}

/* file_check refuses an unwritable file, and changes nothing. Then writing fails, too. */
Test(files, unwritable_files_are_detected_before_writing)
{
    char name[NAME_MAX + 2] = "", below[NAME_MAX + 32];
    writes("plain", "kept");
    cr_assert_eq(mkdir("folder", 0777) | mkfifo("fifo", 0600) | symlink("loop", "loop"), 0);
    cr_assert_eq(symlink("nothing", "dangling"), 0);
    memset(name, 'n', NAME_MAX + 1);
    snprintf(below, sizeof below, "absent/%s", name);
    refused("", "No such file");
    refused("folder", "it is a folder");
    refused("folder/", "it is a folder");
    refused("plain/below", "plain is not a folder");
    refused("plain/below/further", "plain is not a folder");
    refused("dangling/below", "dangling is a dangling link");
    refused("loop", "Too many levels");
    refused("loop/below", "Too many levels");
    refused("fifo", "nothing reads from this FIFO");
    refused("/proc/no-such-entry", "/proc/no-such-entry");
    refused(name, "File name too long");
    refused(below, "File name too long");
    expect_content("plain", "kept");
}

Test(files, checking_does_not_touch_the_file)
{
    int log = open("log", O_WRONLY | O_CREAT, 0600);
    char path[32];
    snprintf(path, sizeof path, "/dev/fd/%d", log);
    writes("plain", "kept");
    cr_assert_eq(symlink("there", "dangling"), 0);
    static const char *const fine[] = {"-", "new", "a/b/c", "plain", "dangling", "/dev/null"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        assert_success(file_check(fine[i], &error));
    assert_success(file_check(path, &error));
    assert_success(file_check_folder("a/b", &error));
    cr_assert_not(file_check_folder("plain", &error));
    cr_assert_eq(entries(), 3);
    expect_content("plain", "kept");
    close(log);
    cr_assert_not(file_check(path, &error), "it is closed");
}

/* A name of hundreds of letters still leaves room for the reason. */
Test(files, the_reason_is_not_cut_off)
{
    char path[2000] = "";
    for (int i = 0; i < 80; i++)
        strcat(path, "folders-of-a-long-name-");
    cannot_write(path, "File name too long");
    cannot_write(path, "...");
}

/* The FIFO had a reader when it was checked; the reader waits for what is written later. */
Test(files, the_reader_of_a_fifo_sees_no_end_before_it_was_written)
{
    pass_through_fifo(true);
}

/* ---- creating ------------------------------------------------------------------------------- */

struct maker {
    char bytes[16];
    bool made, created;
};

static void *make_in_thread(void *argument)
{
    struct maker *maker = argument;
    maker->made =
        file_create("deep/made", maker->bytes, strlen(maker->bytes), &maker->created, &error);
    return NULL;
}

Test(files, one_of_many_concurrent_creators_succeeds)
{
    enum { MAKERS = 8 };
    struct maker makers[MAKERS] = {0};
    pthread_t threads[MAKERS];
    int winner = -1;
    for (int i = 0; i < MAKERS; i++) {
        snprintf(makers[i].bytes, sizeof makers[i].bytes, "maker %d", i);
        cr_assert_eq(pthread_create(&threads[i], NULL, make_in_thread, &makers[i]), 0);
    }
    for (int i = 0; i < MAKERS; i++) {
        pthread_join(threads[i], NULL);
        cr_assert(makers[i].made);
        cr_assert(!makers[i].created || winner < 0, "both %d and %d", winner, i);
        winner = makers[i].created ? i : winner;
    }
    cr_assert_geq(winner, 0);
    cr_assert_eq(chdir("deep"), 0);
    cr_assert_eq(entries(), 1, "no temporary file is left");
    expect_content("made", makers[winner].bytes);
}

/* Simulate file systems without hard links, or without RENAME_NOREPLACE: these override the C
 * library's functions. */
static int no_links, no_careful_renames;

int link(const char *from, const char *to)
{
    if (no_links > 0) {
        errno = EPERM;
        return -1;
    }
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if (no_careful_renames > 0) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

Test(files, a_file_is_created_once_on_every_file_system)
{
    for (int kind = 0; kind < 4; kind++) {
        bool created;
        no_links = kind & 1;
        no_careful_renames = kind >> 1;
        cr_assert(file_create("made", "first", 5, &created, &error), "%d: %s", kind, error.text);
        cr_assert(created);
        cr_assert(file_create("made", "second", 6, &created, &error), "%d: %s", kind, error.text);
        cr_assert_not(created);
        expect_content("made", "first");
        cr_assert_eq(entries(), 1);
        remove("made");
    }
    no_links = no_careful_renames = 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

Test(files, reading_is_bounded)
{
    char *bytes = NULL;
    size_t length;
    writes("ten", "0123456789");
    cr_assert(file_read("ten", 10, &bytes, &length, &error));
    free(bytes);
    cannot_read("ten", 9, "ten has 10 bytes; at most 9 are accepted");
    cr_assert_eq(error.kind, ERROR_INPUT);
    cannot_read("/dev/zero", 100000, "/dev/zero has more than 100,000 bytes, the accepted maximum");
    expect_content("/dev/null", "");
}

Test(files, a_fifo_without_a_writer_and_a_socket_are_not_waited_for)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(bind(server, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    cannot_read("fifo", 10, "cannot read fifo: nothing writes to this FIFO");
    cannot_read("socket", 10, "cannot read socket: it is a socket");
    cannot_write("socket", "socket");
    cr_assert_not(file_check("socket", &error));
    cr_assert_str_eq(error.text, "cannot write socket: it is a socket");
    close(server);
}

Test(files, unreadable_files_are_named)
{
    cannot_read("absent", 10, "cannot open absent: No such file or directory");
    cannot_read(".", 10, "cannot read .: it is a folder");
}
