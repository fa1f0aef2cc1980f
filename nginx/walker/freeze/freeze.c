#define _GNU_SOURCE
#include "freeze/freeze.h"
#include "freeze/stop.h"
#include "target/process.h"
#include "base/clock.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441	/* Linux 5.11, the same on all architectures: older headers do not name it */
#endif

enum {
	STEP_NS = 32000000, MAX_STEP_NS = 512000000, FREE_PER_STEP = 4,
};

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
#error "say where this architecture has the number of the system call that a stopped process is in"
#endif
}

/* The event loop waits in one of these; arm64 has no epoll_wait. */
static bool is_epoll_wait(long number)
{
#ifdef SYS_epoll_wait
	if (number == SYS_epoll_wait)
		return true;
#endif
	return number == SYS_epoll_pwait || number == SYS_epoll_pwait2;
}

static bool at_rest(pid_t pid, bool any_syscall)
{
	long number = current_syscall(pid);

	if (number < 0)
		return false;
	if (any_syscall)
		return true;
	return is_epoll_wait(number);
}

/* Waiting for a worker, through however many of its system calls. */
struct waiting {
	pid_t pid;
	uint64_t deadline;
	struct stop_wait stops;
	bool steps;		/* it stops at each system call; else it runs freely until window_end */
	uint64_t window_ns, window_end;
};

static void let_go(pid_t pid, int signal)
{
	ptrace(PTRACE_DETACH, pid, 0, (void *)(long)signal);
}

/* Stop a running worker only to let go of it. */
static void give_up(struct waiting *w)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, w->pid, 0, 0) == 0 && stop_next(&w->stops, w->pid, clock_monotonic_ns() + 500000000u, &status) == 1)
		let_go(w->pid, stop_signal(status));
}

/* What a worker that is not in its event loop does: wait in a system call, or work. */
static int never_rested(pid_t pid, bool waits, int timeout_ms, struct error *e)
{
	const double seconds = timeout_ms / 1000.0;

	if (waits)
		return error_set(e, EXIT_NOT_EXACT,
				 "the worker never rested: it has waited for %.1f s outside its event loop (process %d). Its code calls something that blocks: os.execute, io.popen, a socket or a file that is not nginx's",
				 seconds, (int)pid);
	return error_set(e, EXIT_NOT_EXACT,
			 "the worker never rested: it was busy for %.1f s at a stretch (process %d). Let its code yield, with ngx.sleep(0) in long loops, or try again when the work is done",
			 seconds, (int)pid);
}

static bool is_waiting(pid_t pid)
{
	struct process p;

	return process_read(pid, &p) == 0 && (p.state == 'S' || p.state == 'D');
}

/* -- Running it on ------------------------------------------------------- */

static void begin_steps(struct waiting *w, uint64_t window_ns)
{
	w->steps = true;
	w->window_ns = window_ns > MAX_STEP_NS ? MAX_STEP_NS : window_ns;
	w->window_end = clock_monotonic_ns() + w->window_ns;
}

/*
** From here to the next stop. A worker under load is in its event loop at one system call of many, so it is run on from one to the
** next; that takes a busy one many times longer, so by turns it runs freely, for ever longer.
*/
static int run_on(struct waiting *w, int signal)
{
	if (w->steps && clock_monotonic_ns() > w->window_end) {
		w->steps = false;
		w->window_end = clock_monotonic_ns() + FREE_PER_STEP * w->window_ns;
	}
	return (int)ptrace(w->steps ? PTRACE_SYSCALL : PTRACE_CONT, w->pid, 0, (void *)(long)signal);
}

/* The next stop of a worker that runs. Returns 1 stopped, 0 deadline passed, -1 gone. */
static int next_stop(struct waiting *w, int *status)
{
	if (clock_monotonic_ns() > w->deadline)
		return 0;
	if (!w->steps) {
		int stopped = stop_next(&w->stops, w->pid, w->window_end < w->deadline ? w->window_end : w->deadline, status);

		if (stopped != 0)
			return stopped;
		if (ptrace(PTRACE_INTERRUPT, w->pid, 0, 0) != 0)
			return -1;
		begin_steps(w, 2 * w->window_ns);
	}
	return stop_next(&w->stops, w->pid, w->deadline, status);
}

int freeze_begin(struct frozen *f, pid_t pid, int timeout_ms, bool any_syscall, const struct watchdog *dog, struct error *e)
{
	struct waiting w = {.pid = pid, .deadline = clock_monotonic_ns() + (uint64_t)timeout_ms * 1000000u, .stops = {.dog = dog}};
	int status, stopped;
	bool waits;

	memset(f, 0, sizeof(*f));
	f->pid = pid;
	if (ptrace(PTRACE_SEIZE, pid, 0, (void *)(long)PTRACE_O_TRACESYSGOOD) != 0)
		return cannot_stop(pid, errno, e);
	if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0)
		return cannot_stop(pid, errno, e);
	begin_steps(&w, STEP_NS);
	while ((stopped = next_stop(&w, &status)) == 1) {
		int signal = stop_signal(status);

		if (signal == 0 && at_rest(pid, any_syscall)) {
			f->since_ns = clock_monotonic_ns();
			return 0;
		}
		f->ran_on = true;
		if (run_on(&w, signal) != 0)
			break;
	}
	if (stopped != 0)
		return error_set(e, EXIT_CANNOT_READ, "process %d exited while it was being read", (int)pid);
	waits = is_waiting(pid);
	give_up(&w);
	return never_rested(pid, waits, timeout_ms, e);
}

void freeze_release(struct frozen *f)
{
	let_go(f->pid, 0);
	f->pause_ns = clock_monotonic_ns() - f->since_ns;
}
