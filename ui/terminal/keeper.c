#include "keeper.h"

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME      "tty-keeper"
#define SEQUENCES 256

/* Memory that pdlab and the keeper share. */
struct page {
    pthread_mutex_t life; /* locked by pdlab's main thread while that thread lives */
    atomic_bool held;     /* pdlab has the terminal */
    pid_t group, shell_group;
    struct termios saved, ours;
    char sequences[SEQUENCES];
    size_t length;
};

static struct {
    struct page *page; /* NULL: there is no keeper */
    pid_t process;
} keeper;

/* ---- the keeper's process ------------------------------------------------------------------- */

static void restore(int terminal, const struct page *page)
{
    struct termios now;
    if (tcgetattr(terminal, &now) != 0)
        return;
    const bool untouched = output_same_settings(&now, &page->ours);
    const pid_t foreground = tcgetpgrp(terminal);
    if (untouched || foreground == page->group || foreground == page->shell_group)
        output_restore(terminal, untouched ? &page->saved : NULL, page->sequences, page->length);
}

/* Changes the name that ps and pgrep -f show: overwrites the process's arguments, which are
 * contiguous in memory. */
static void rename_process(void)
{
    char line[512];
    int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, line, sizeof line);
    if (file >= 0)
        close(file);
    prctl(PR_SET_NAME, NAME);
    if (length > 0) {
        memset(program_invocation_name, 0, (size_t)length);
        memcpy(program_invocation_name, NAME,
               (size_t)length < sizeof NAME ? (size_t)length - 1 : sizeof NAME);
    }
}

static _Noreturn void keep(int terminal, struct page *page)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setpgid(0, 0);
    rename_process();
    if (dup2(terminal, 0) != 0)
        _exit(0);
    close_range(1, ~0U, 0);
    pthread_mutex_lock(&page->life);
    if (atomic_load(&page->held))
        restore(0, page);
    _exit(0);
}

/* ---- pdlab's process ------------------------------------------------------------------------ */

static void forget(void)
{
    munmap(keeper.page, sizeof *keeper.page);
    keeper.page = NULL;
}

/* Locks the mutex for the rest of this thread's life. It is robust: the kernel releases it when the
 * thread dies, before it does anything else for the dying thread. */
static bool hold_life(pthread_mutex_t *life)
{
    pthread_mutexattr_t attributes;
    bool held = pthread_mutexattr_init(&attributes) == 0 &&
                pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0 &&
                pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0 &&
                pthread_mutex_init(life, &attributes) == 0 && pthread_mutex_lock(life) == 0;
    pthread_mutexattr_destroy(&attributes);
    return held;
}

void keeper_start(int terminal)
{
    sigset_t all, before;
    void *page =
        mmap(NULL, sizeof *keeper.page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return;
    keeper.page = page;
    keeper.page->group = getpgrp();
    keeper.page->shell_group = getpgid(getppid());
    if (!hold_life(&keeper.page->life)) {
        forget();
        return;
    }
    sigfillset(&all); /* pdlab's handlers must not run in the keeper */
    sigprocmask(SIG_BLOCK, &all, &before);
    keeper.process = fork();
    if (keeper.process == 0)
        keep(terminal, keeper.page);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (keeper.process < 0) {
        pthread_mutex_unlock(&keeper.page->life);
        forget();
    }
}

void keeper_hold(const struct termios *saved, const struct termios *ours, const char *sequences,
                 size_t length)
{
    struct page *page = keeper.page;
    if (!page)
        return;
    page->saved = *saved;
    page->ours = *ours;
    page->length = length < SEQUENCES ? length : SEQUENCES;
    memcpy(page->sequences, sequences, page->length);
    atomic_store(&page->held, true);
}

void keeper_release(void)
{
    if (keeper.page)
        atomic_store(&keeper.page->held, false);
}

void keeper_restore(int terminal)
{
    if (keeper.page)
        restore(terminal, keeper.page);
}

/* Ends the keeper, which by now has nothing to restore. SIGKILL also ends a stopped process. */
void keeper_end(void)
{
    if (!keeper.page)
        return;
    kill(keeper.process, SIGKILL);
    while (waitpid(keeper.process, NULL, 0) < 0 && errno == EINTR)
        continue;
    pthread_mutex_unlock(&keeper.page->life);
    forget();
}
