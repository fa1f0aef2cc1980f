/*
** Whether a process that is cloned is hurt where heapwalk dies in the middle: `deaths parked`, or `deaths busy` with a process that is never
** idle. It waits for events in a loop, and looks each time whether everything is as it was. It is cloned again and again, by a process that
** kills itself at its first call of ptrace() or success of waitpid(), then at its second, and so on until one lives to the end. Prints how
** many died; ends with 1 and says why where something was wrong. `deaths zombie`: what is left where it does not come to rest afterwards.
*/
#define _GNU_SOURCE
#include "freeze/clone.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_DEATHS = 1000,
	ENDS_IN_A_ROW = 3,	/* a busy process is stopped after more or fewer of its system calls */
	SHORT_MS = 100,
	ROUND_UP = 0x5f80,	/* of MXCSR: as at a start, but rounding is not */
	PATIENCE = 20000,	/* looks, a millisecond apart: a machine may be slow */
};

/* What the process and those who look share. */
static struct shared {
	volatile unsigned long turns;
	volatile int children_told;
	volatile int works;	/* asked for: makes no system call meanwhile */
	volatile int is_working;
	char wrong[128];
} *shared;

static long steps, last_step;	/* of the process that clones; 0: it does not die */

static void step(void)
{
	if (last_step && ++steps >= last_step)
		kill(getpid(), SIGKILL);
}

/* In the place of the C library's. */
long ptrace(enum __ptrace_request request, ...)
{
	va_list args;
	long pid, address, data;

	va_start(args, request);
	pid = va_arg(args, long);
	address = va_arg(args, long);
	data = va_arg(args, long);
	va_end(args);
	step();
	return syscall(SYS_ptrace, (long)request, pid, address, data);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	const pid_t got = (pid_t)syscall(SYS_wait4, pid, status, options, NULL);

	if (got > 0)
		step();
	return got;
}

/* -- The process that is cloned ------------------------------------------ */

static void on_child(int signal)
{
	(void)signal;
	shared->children_told++;
}

static void wrong(const char *what)
{
	snprintf(shared->wrong, sizeof(shared->wrong), "%s", what);
	_exit(1);
}

static void wait_for_events(bool busy)
{
	const int epoll = epoll_create1(0);
	const pid_t self = getpid();
	struct epoll_event events[8];
	sigset_t mask, now;

	signal(SIGCHLD, on_child);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	__builtin_ia32_ldmxcsr(ROUND_UP);
	for (;;) {
		const int n = epoll_wait(epoll, events, 8, busy ? 0 : 1);

		if (n != 0 && !(n < 0 && errno == EINTR))
			wrong("epoll_wait returned what it never returns");
		if (getpid() != self)
			wrong("the clone runs");
		sigprocmask(SIG_SETMASK, NULL, &now);
		if (memcmp(&mask, &now, 8) != 0)
			wrong("other signals are blocked");
		if ((__builtin_ia32_stmxcsr() & ROUND_UP) != ROUND_UP)
			wrong("it rounds otherwise");
		shared->turns++;
		while (shared->works)
			shared->is_working = 1;
		shared->is_working = 0;
	}
}

/* -- The process that clones it ------------------------------------------ */

static int make(struct clone *c, pid_t of, const struct watchdog *dog)
{
	struct areas areas = {0};
	struct frozen frozen;
	struct error e;
	int result = -1;

	if (clone_prepare(c, of, &e) == 0 && freeze_begin(&frozen, of, FREEZE_TIMEOUT_MS, false, dog, &e) == 0) {
		if (areas_read(&areas, of) == 0)
			result = clone_make(c, &areas, dog, &e);
		freeze_release(&frozen);
	}
	areas_free(&areas);
	if (result != 0)
		fprintf(stderr, "%s\n", e.text);
	return result;
}

static int clone_once(pid_t of)
{
	const struct watchdog dog = {.fd = open("/dev/null", O_WRONLY)};
	struct clone c;

	if (make(&c, of, &dog) != 0)
		return 1;
	clone_end(&c, FREEZE_TIMEOUT_MS, &dog);
	return c.pid == 0 ? 0 : 2;
}

/* -- Looking ------------------------------------------------------------- */

static void nap(void)
{
	const struct timespec t = {0, 1000000};

	nanosleep(&t, NULL);
}

/* R, S, T, Z of a process; 0: there is none. */
static char state_of(pid_t pid)
{
	char name[64], text[256], state = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	f = fopen(name, "r");
	if (f && fgets(text, sizeof(text), f) && strrchr(text, ')'))
		state = strrchr(text, ')')[2];
	if (f)
		fclose(f);
	return state;
}

/* Children that have not ended. */
static int living_children(pid_t of)
{
	char name[64];
	int child, living = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/children", (int)of, (int)of);
	f = fopen(name, "r");
	while (f && fscanf(f, "%d", &child) == 1)
		living += state_of(child) != 'Z' && state_of(child) != 0;
	if (f)
		fclose(f);
	return living;
}

static bool runs_on(pid_t pid)
{
	const unsigned long turns = shared->turns;

	for (int i = 0; i < PATIENCE; i++) {
		if (shared->wrong[0] || state_of(pid) == 'Z')
			return false;
		if (shared->turns > turns + 2 && living_children(pid) == 0)
			return true;
		nap();
	}
	return false;
}

/* A process that works on and on cannot collect its clone: that is told, and it runs on. */
static int leave_zombie(pid_t of)
{
	const struct watchdog dog = {.fd = open("/dev/null", O_WRONLY)};
	struct clone c;

	if (!runs_on(of) || make(&c, of, &dog) != 0)
		return 1;
	shared->works = 1;
	while (!shared->is_working)
		nap();
	clone_end(&c, SHORT_MS, &dog);
	printf("%s\n", c.pid && state_of(c.pid) == 'Z' ? "a zombie" : "no zombie");
	shared->works = 0;
	if (!runs_on(of))
		printf("it does not run on\n");
	return 0;
}

static int count_deaths(pid_t pid)
{
	int deaths = 0, ends = 0;

	for (int death = 1; runs_on(pid) && death < MOST_DEATHS && ends < ENDS_IN_A_ROW; death++) {
		const pid_t walker = fork();
		int status;

		if (walker == 0) {
			last_step = death;
			_exit(clone_once(pid));
		}
		waitpid(walker, &status, 0);
		if (WIFSIGNALED(status)) {
			deaths++;
			ends = 0;
		} else if (WEXITSTATUS(status) == 0) {
			ends++;
		} else {
			printf("death %d: ended with %d\n", death, WEXITSTATUS(status));
			break;
		}
	}
	if (shared->children_told)
		printf("it was told %d times that a child had ended\n", shared->children_told);
	if (ends < ENDS_IN_A_ROW || shared->children_told)
		printf("after %d deaths: %s, state %c, %d children run\n", deaths, shared->wrong, state_of(pid), living_children(pid));
	else
		printf("%d\n", deaths);
	return ends < ENDS_IN_A_ROW || shared->children_told ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "parked";
	int result;
	pid_t pid;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = fork();
	if (pid == 0)
		wait_for_events(strcmp(how, "busy") == 0);
	result = strcmp(how, "zombie") == 0 ? leave_zombie(pid) : count_deaths(pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return result;
}
