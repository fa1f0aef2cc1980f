#define _GNU_SOURCE
#include "freeze.h"
#include "process.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	STOPPED_FOR_EVENT = 128,	/* PTRACE_EVENT_STOP */
	POLL_NS = 20000,
};

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* -- Errors -------------------------------------------------------------- */

static int read_number(const char *file, const char *field)
{
	FILE *f = fopen(file, "re");
	char line[256];
	int value = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, field, strlen(field)) == 0 && sscanf(line + strlen(field), "%d", &value) == 1)
			break;
	}
	if (f)
		fclose(f);
	return value;
}

static int cannot_stop(pid_t pid, int reason, struct error *e)
{
	struct process p;
	char status[64];
	int tracer;

	if (reason == ESRCH || process_read(pid, &p) != 0)
		return error_set(e, EXIT_CANNOT_READ, "no process %d: it has exited", (int)pid);
	snprintf(status, sizeof(status), "/proc/%d/status", (int)pid);
	tracer = read_number(status, "TracerPid:");
	if (tracer)
		return error_set(e, EXIT_CANNOT_READ, "cannot read process %d: process %d (a debugger or strace) traces it already; end that first",
				 (int)pid, tracer);
	if (p.uid == geteuid() && read_number("/proc/sys/kernel/yama/ptrace_scope", "") > 0)
		return error_set(e, EXIT_CANNOT_READ,
				 "cannot read process %d: %s: Yama's ptrace_scope allows that only to its ancestors. Start nginx through 'heapwalk exec', or run with CAP_SYS_PTRACE",
				 (int)pid, strerror(reason));
	return error_set(e, EXIT_CANNOT_READ,
			 "cannot read process %d: %s. It runs as uid %u, this is uid %u: run as that user, or with CAP_SYS_PTRACE (in a container: --cap-add SYS_PTRACE)",
			 (int)pid, strerror(reason), (unsigned)p.uid, (unsigned)geteuid());
}

/* -- Where it stopped ---------------------------------------------------- */

/* Number of the system call it is in; -1 for none. */
static long current_syscall(pid_t pid)
{
#if defined(__x86_64__)
	struct user_regs_struct regs;
	struct iovec io = {&regs, sizeof(regs)};

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io) != 0)
		return -1;
	return (long)regs.orig_rax;
#elif defined(__aarch64__)
	int number = -1;
	struct iovec io = {&number, sizeof(number)};

	if (ptrace(PTRACE_GETREGSET, pid, NT_ARM_SYSTEM_CALL, &io) != 0)
		return -1;
	return number;
#else
#error "add the epoll_wait system call numbers of this architecture"
#endif
}

static bool at_rest(pid_t pid, bool any_syscall)
{
	long number = current_syscall(pid);

	if (number < 0)
		return false;
	if (any_syscall)
		return true;
#if defined(__x86_64__)
	return number == 232 || number == 281 || number == 441;	/* epoll_wait, epoll_pwait, epoll_pwait2 */
#else
	return number == 22 || number == 441;
#endif
}

/* Wait for a stop. Returns 1 stopped, 0 deadline passed, -1 gone. */
static int wait_stop(pid_t pid, uint64_t deadline, int *status)
{
	for (;;) {
		pid_t got = waitpid(pid, status, __WALL | WNOHANG);
		struct timespec nap = {0, POLL_NS};

		if (got == pid)
			return WIFSTOPPED(*status) ? 1 : -1;
		if (got < 0 && errno != EINTR)
			return -1;
		if (now_ns() > deadline)
			return 0;
		nanosleep(&nap, NULL);
	}
}

static bool is_syscall_stop(int status)
{
	return WSTOPSIG(status) == (SIGTRAP | 0x80);
}

/* A signal on its way to the worker must reach it. */
static int signal_to_forward(int status)
{
	if (is_syscall_stop(status) || status >> 16 == STOPPED_FOR_EVENT || WSTOPSIG(status) == SIGTRAP)
		return 0;
	return WSTOPSIG(status);
}

static void let_go(pid_t pid, int signal)
{
	ptrace(PTRACE_DETACH, pid, 0, (void *)(long)signal);
}

/* Stop a running worker only to let go of it. */
static void give_up(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 && wait_stop(pid, now_ns() + 500000000u, &status) == 1)
		let_go(pid, signal_to_forward(status));
}

int freeze(struct frozen *f, pid_t pid, int timeout_ms, bool any_syscall, struct error *e)
{
	uint64_t deadline = now_ns() + (uint64_t)timeout_ms * 1000000u;
	int status, stopped, signal;

	memset(f, 0, sizeof(*f));
	f->pid = pid;
	if (ptrace(PTRACE_SEIZE, pid, 0, (void *)(long)PTRACE_O_TRACESYSGOOD) != 0)
		return cannot_stop(pid, errno, e);
	if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0)
		return cannot_stop(pid, errno, e);
	while ((stopped = wait_stop(pid, deadline, &status)) == 1) {
		signal = signal_to_forward(status);
		if (signal == 0 && at_rest(pid, any_syscall)) {
			f->since_ns = now_ns();
			return 0;
		}
		f->ran_on = true;
		if (ptrace(PTRACE_SYSCALL, pid, 0, (void *)(long)signal) != 0)
			break;
	}
	if (stopped != 0)
		return error_set(e, EXIT_CANNOT_READ, "process %d exited while it was being read", (int)pid);
	give_up(pid);
	return error_set(e, EXIT_NOT_EXACT, "process %d came to no rest within %d ms: it is busy in one event, or stuck", (int)pid,
			 timeout_ms);
}

void freeze_release(struct frozen *f)
{
	let_go(f->pid, 0);
	f->pause_ns = now_ns() - f->since_ns;
}
