/*
 * tgkill.c - sends a signal to one thread of a process, as if that thread had caused it.
 *
 *     tgkill PID THREAD-NAME SIGNAL-NUMBER
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The id of the thread with this name; 0 if there is none. */
static pid_t find_thread(const char *pid, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/task", pid);
    DIR *threads = opendir(path);
    pid_t found = 0;
    for (struct dirent *entry; threads && !found && (entry = readdir(threads));) {
        char comm[32] = "";
        snprintf(path, sizeof path, "/proc/%s/task/%s/comm", pid, entry->d_name);
        FILE *file = fopen(path, "re");
        if (!file)
            continue;
        if (fgets(comm, sizeof comm, file)) {
            comm[strcspn(comm, "\n")] = '\0';
            if (strcmp(comm, name) == 0)
                found = (pid_t)strtol(entry->d_name, NULL, 10);
        }
        fclose(file);
    }
    if (threads)
        closedir(threads);
    return found;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: tgkill PID THREAD-NAME SIGNAL-NUMBER\n");
        return 2;
    }
    pid_t thread = find_thread(argv[1], argv[2]);
    if (thread == 0) {
        fprintf(stderr, "tgkill: process %s has no thread called %s\n", argv[1], argv[2]);
        return 1;
    }
    long pid = strtol(argv[1], NULL, 10);
    long signal_number = strtol(argv[3], NULL, 10);
    if (syscall(SYS_tgkill, pid, thread, signal_number) != 0) {
        fprintf(stderr, "tgkill: %s\n", strerror(errno));
        return 1;
    }
    return 0;
}
