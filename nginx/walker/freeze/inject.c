#define _GNU_SOURCE
#include "freeze/inject.h"

#include <errno.h>
#include <string.h>

#if defined(__x86_64__)

#include "base/clock.h"

#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum {
	USER_CS = 0x33,			/* of 64-bit code */
	RED_ZONE = 128,			/* below the stack pointer, functions may use that much */
	FIRST_RESTART = -516, LAST_RESTART = -512,	/* ERESTARTSYS and its kin: the kernel makes the call again */
	NO_CALL = -1,			/* instead of a number: nothing to make again */
	FX_BYTES = 512, FX_SOFTWARE = 464,	/* FXSAVE's area; what follows is software's, and says that no more was saved */
	NO_MODE = 0x40,			/* no flag of a signal stack: the kernel leaves that as it is */
	KEPT_CS = 0x6,			/* uc_flags: cs and ss are told, and meant as they are */
};

/* -- Before the freeze --------------------------------------------------- */

static const uint8_t call_bytes[] = {0x0f, 0x05, 0xc3};					/* syscall; ret */
static const uint8_t sigreturn_bytes[] = {0x48, 0xc7, 0xc0, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05};	/* mov $15, %rax; syscall */

/* From its file, where it is still that one: reading the memory itself would make more of it resident. */
static bool read_code(const struct mapping *m, pid_t pid, uint8_t *to, size_t size)
{
	char name[sizeof(m->path) + 64];
	struct stat st;
	bool read;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/root%s", (int)pid, m->path);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	read = fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == m->inode && pread(fd, to, size, (off_t)m->offset) > 0;
	if (fd >= 0)
		close(fd);
	return read || memory_read(pid, raddr(m->start), to, size) == 0;
}

static uint64_t find_bytes(const struct mapping *m, const uint8_t *text, const uint8_t *bytes, size_t size)
{
	const uint8_t *at = memmem(text, (size_t)(m->end - m->start), bytes, size);

	return at ? m->start + (uint64_t)(at - text) : 0;
}

static void look_into(struct inject_code *code, const struct mapping *m, pid_t pid)
{
	const size_t size = (size_t)(m->end - m->start);
	uint8_t *text = calloc(size, 1);

	if (text && read_code(m, pid, text, size)) {
		if (!code->call)
			code->call = find_bytes(m, text, call_bytes, sizeof(call_bytes));
		if (!code->sigreturn)
			code->sigreturn = find_bytes(m, text, sigreturn_bytes, sizeof(sigreturn_bytes));
	}
	free(text);
}

static bool is_there(uint64_t at, const uint8_t *bytes, size_t size, pid_t pid)
{
	uint8_t found[16];

	return size <= sizeof(found) && memory_read(pid, raddr(at), found, size) == 0 && memcmp(found, bytes, size) == 0;
}

int inject_find(struct inject_code *code, const struct areas *areas, pid_t pid, struct error *e)
{
	memset(code, 0, sizeof(*code));
	/* Every C library has both; it lies behind the program. */
	for (size_t i = areas->count; i-- > 0 && !(code->call && code->sigreturn);) {
		const struct area *a = &areas->list[i];

		if (a->executable && a->m.readable && !a->m.writable && a->m.inode != 0)
			look_into(code, &a->m, pid);
	}
	if (code->call && code->sigreturn)
		return 0;
	return error_set(e, EXIT_CANNOT_READ,
			 "process %d cannot be cloned: its code has no system call that returns at once, or no return from a signal", (int)pid);
}

/* -- What the worker would do alone -------------------------------------- */

struct frame {
	uint64_t returns_to;
	ucontext_t context;
};

/* Below the stack: the lowest is the worker's, so that a signal's own frame spoils nothing. */
struct frames {
	struct frame own;
	struct frame child;
	_Alignas(64) uint8_t fx[FX_BYTES];
};

/* The kernel's rt_sigframe, as far as it reads it. */
_Static_assert(offsetof(struct frame, context) == 8, "the context follows the return address");
_Static_assert(offsetof(ucontext_t, uc_mcontext) == 40 && offsetof(ucontext_t, uc_sigmask) == 296, "the kernel's ucontext");

/* A worker that is being made to do a call. */
struct guest {
	pid_t pid;
	struct user_regs_struct regs;	/* before the call */
	uint64_t mask;			/* of blocked signals */
	uint64_t at;			/* where its frames are */
	struct frames before;		/* what was there */
	unsigned held;			/* signals that came meanwhile: a bit each */
	struct stop_wait stops;
};

static void frame_fill(struct frame *f, const struct user_regs_struct *r, uint64_t mask, uint64_t fx, uint64_t sigreturn)
{
	greg_t *g = f->context.uc_mcontext.gregs;

	memset(f, 0, sizeof(*f));
	f->returns_to = sigreturn;
	f->context.uc_flags = KEPT_CS;
	f->context.uc_stack.ss_flags = NO_MODE;
	g[REG_R8] = (greg_t)r->r8;
	g[REG_R9] = (greg_t)r->r9;
	g[REG_R10] = (greg_t)r->r10;
	g[REG_R11] = (greg_t)r->r11;
	g[REG_R12] = (greg_t)r->r12;
	g[REG_R13] = (greg_t)r->r13;
	g[REG_R14] = (greg_t)r->r14;
	g[REG_R15] = (greg_t)r->r15;
	g[REG_RDI] = (greg_t)r->rdi;
	g[REG_RSI] = (greg_t)r->rsi;
	g[REG_RBP] = (greg_t)r->rbp;
	g[REG_RBX] = (greg_t)r->rbx;
	g[REG_RDX] = (greg_t)r->rdx;
	g[REG_RAX] = (greg_t)r->rax;
	g[REG_RCX] = (greg_t)r->rcx;
	g[REG_RSP] = (greg_t)r->rsp;
	g[REG_RIP] = (greg_t)r->rip;
	g[REG_EFL] = (greg_t)r->eflags;
	g[REG_CSGSFS] = (greg_t)(r->cs | r->gs << 16 | r->fs << 32 | r->ss << 48);
	f->context.uc_mcontext.fpregs = (fpregset_t)(uintptr_t)fx;
	memcpy(&f->context.uc_sigmask, &mask, sizeof(mask));
}

/* -- Registers, signals and memory --------------------------------------- */

static bool get_registers(pid_t pid, int set, void *to, size_t size)
{
	struct iovec io = {to, size};

	return ptrace(PTRACE_GETREGSET, pid, (void *)(long)set, &io) == 0 && io.iov_len == size;
}

static bool set_registers(pid_t pid, const struct user_regs_struct *r)
{
	struct iovec io = {(void *)r, sizeof(*r)};

	return ptrace(PTRACE_SETREGSET, pid, (void *)(long)NT_PRSTATUS, &io) == 0;
}

static bool write_memory(pid_t pid, uint64_t at, const void *from, size_t size)
{
	char name[64];
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/mem", (int)pid);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : pwrite(fd, from, size, (off_t)at);
	if (fd >= 0)
		close(fd);
	return n == (ssize_t)size;
}

static int cannot_call(pid_t pid, const char *why, struct error *e)
{
	return error_set(e, EXIT_CANNOT_READ, "process %d cannot be cloned: %s", (int)pid, why);
}

/* The next stop, that at a system call included where it is wanted; the kernel may take its time. Signals that cannot be blocked are held. */
static bool go_on(struct guest *g, bool to_call, int *status)
{
	for (;;) {
		int signal;

		if (ptrace(to_call ? PTRACE_SYSCALL : PTRACE_CONT, g->pid, 0, 0) != 0 || stop_next(&g->stops, g->pid, UINT64_MAX, status) != 1)
			return false;
		signal = stop_signal(*status);
		if (signal == 0)
			return true;
		if (signal < 32)
			g->held |= 1u << signal;
	}
}

/* To the end of the system call that it is in, and no instruction further. */
static bool settle(struct guest *g)
{
	int status;

	do {
		if (ptrace(PTRACE_INTERRUPT, g->pid, 0, 0) != 0 || !go_on(g, false, &status))
			return false;
	} while (!stop_is_interrupt(status));
	return true;
}

/* -- The call ------------------------------------------------------------ */

static bool is_restart(int64_t returned)
{
	return returned >= FIRST_RESTART && returned <= LAST_RESTART;
}

/* Frames first, then registers, then the mask: at each step the worker alone would come back to where it was. */
static int enter(struct guest *g, const struct inject_code *code, const struct inject_call *call, struct error *e)
{
	const uint64_t all = UINT64_MAX;
	struct user_regs_struct r, end;
	struct frames frames = {0};

	if (!get_registers(g->pid, NT_PRSTATUS, &g->regs, sizeof(g->regs)) || !get_registers(g->pid, NT_PRFPREG, frames.fx, FX_BYTES) ||
	    ptrace(PTRACE_GETSIGMASK, g->pid, sizeof(g->mask), &g->mask) != 0)
		return cannot_call(g->pid, strerror(errno), e);
	if (g->regs.cs != USER_CS || (int64_t)g->regs.orig_rax < 0 || is_restart((int64_t)g->regs.rax))
		return cannot_call(g->pid, "it is not at the end of a wait for events", e);
	if (!is_there(code->call, call_bytes, sizeof(call_bytes), g->pid) ||
	    !is_there(code->sigreturn, sigreturn_bytes, sizeof(sigreturn_bytes), g->pid))
		return cannot_call(g->pid, "its code is no longer what is in the file", e);
	memset(frames.fx + FX_SOFTWARE, 0, FX_BYTES - FX_SOFTWARE);
	g->at = (g->regs.rsp - RED_ZONE - sizeof(frames)) & ~UINT64_C(63);
	if (memory_read(g->pid, raddr(g->at), &g->before, sizeof(g->before)) != 0)
		return cannot_call(g->pid, "there is no room left on its stack", e);
	frame_fill(&frames.own, &g->regs, g->mask, g->at + offsetof(struct frames, fx), code->sigreturn);
	end = g->regs;
	end.rip = code->call;
	end.rax = SYS_exit_group;
	end.rdi = 0;
	end.rsp = g->at + offsetof(struct frames, child);
	frame_fill(&frames.child, &end, all, g->at + offsetof(struct frames, fx), code->sigreturn);
	if (!write_memory(g->pid, g->at, &frames, sizeof(frames)))
		return cannot_call(g->pid, strerror(errno), e);
	r = g->regs;
	r.orig_rax = (unsigned long long)NO_CALL;
	r.rax = (unsigned long long)call->number;
	r.rdi = call->args[0];
	r.rsi = call->clones ? end.rsp : call->args[1];
	r.rdx = call->args[2];
	r.r10 = call->args[3];
	r.r8 = 0;
	r.rip = code->call;
	r.rsp = g->at;
	if (!set_registers(g->pid, &r) || ptrace(PTRACE_SETSIGMASK, g->pid, sizeof(all), &all) != 0)
		return cannot_call(g->pid, strerror(errno), e);
	return 0;
}

/* The mask first: until its registers are back it would fetch both from its frame. */
static bool leave(struct guest *g)
{
	if (ptrace(PTRACE_SETSIGMASK, g->pid, sizeof(g->mask), &g->mask) != 0 || !set_registers(g->pid, &g->regs) ||
	    ptrace(PTRACE_SETOPTIONS, g->pid, 0, (void *)(long)PTRACE_O_TRACESYSGOOD) != 0)
		return false;
	write_memory(g->pid, g->at, &g->before, sizeof(g->before));
	for (int signal = 1; signal < 32; signal++)
		if (g->held & 1u << signal)
			syscall(SYS_tgkill, g->pid, g->pid, signal);
	return true;
}

/* From the entry of the call to its end. Where a signal that cannot be blocked came between, the kernel makes it again. */
static bool run(struct guest *g, struct inject_result *r)
{
	struct user_regs_struct regs;
	unsigned long child;
	int status, seen = 0;

	for (;;) {
		if (!go_on(g, true, &status))
			return false;
		if (stop_is_syscall(status) && ++seen % 2 == 0) {
			if (!get_registers(g->pid, NT_PRSTATUS, &regs, sizeof(regs)))
				return false;
			r->value = (int64_t)regs.rax;
			if (!is_restart(r->value))
				return true;
		} else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_CLONE << 8) && ptrace(PTRACE_GETEVENTMSG, g->pid, 0, &child) == 0)
			r->child = (pid_t)child;
	}
}

int inject_make(struct inject_result *r, pid_t pid, const struct inject_code *code, const struct inject_call *call, const struct watchdog *dog,
		struct error *e)
{
	const long options = PTRACE_O_TRACESYSGOOD | (call->clones ? PTRACE_O_TRACECLONE : 0);
	struct guest g = {.pid = pid, .stops = {.dog = dog}};

	memset(r, 0, sizeof(*r));
	if (!settle(&g) || ptrace(PTRACE_SETOPTIONS, pid, 0, (void *)options) != 0)
		return cannot_call(pid, "it has exited", e);
	if (enter(&g, code, call, e) != 0)
		return -1;
	if (!run(&g, r) || !leave(&g))
		return cannot_call(pid, "it has exited", e);
	return 0;
}

#else

int inject_find(struct inject_code *code, const struct areas *areas, pid_t pid, struct error *e)
{
	(void)areas;
	memset(code, 0, sizeof(*code));
	return error_set(e, EXIT_USAGE, "process %d cannot be cloned: that is for x86-64 alone. Leave out --freeze fork", (int)pid);
}

int inject_make(struct inject_result *r, pid_t pid, const struct inject_code *code, const struct inject_call *call, const struct watchdog *dog,
		struct error *e)
{
	(void)code, (void)call, (void)dog;
	memset(r, 0, sizeof(*r));
	return error_set(e, EXIT_CANNOT_READ, "process %d cannot be cloned: %s", (int)pid, strerror(ENOSYS));
}

#endif
