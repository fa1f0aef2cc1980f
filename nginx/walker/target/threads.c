#define _GNU_SOURCE
#include "target/core.h"
#include "target/threads.h"

#include <dirent.h>
#include <elf.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#ifndef NT_ARM_TLS
#define NT_ARM_TLS 0x401
#endif

enum { MAX_THREADS = 4096, SYSCALL_ARGUMENTS = 6 };

static bool get_registers(pid_t pid, int set, void *to, size_t size)
{
	struct iovec io = {to, size};

	return ptrace(PTRACE_GETREGSET, pid, (void *)(long)set, &io) == 0 && io.iov_len == size;
}

static void read_stopped(struct thread *t, pid_t pid)
{
#if defined(__x86_64__)
	struct user_regs_struct regs;

	if (!get_registers(pid, NT_PRSTATUS, &regs, sizeof(regs)))
		return;
	t->stack = regs.rsp;
	t->tls = regs.fs_base;
#elif defined(__aarch64__)
	struct user_regs_struct regs;

	if (!get_registers(pid, NT_PRSTATUS, &regs, sizeof(regs)))
		return;
	t->stack = regs.sp;
	if (!get_registers(pid, NT_ARM_TLS, &t->tls, sizeof(t->tls)))
		t->tls = 0;
#else
#error "add the stack pointer and the thread pointer of this architecture"
#endif
	_Static_assert(sizeof(regs) <= sizeof(t->words), "room for all registers");
	memcpy(t->words, &regs, sizeof(regs));
	t->nwords = sizeof(regs) / sizeof(t->words[0]);
}

/* "number, six arguments, stack pointer, instruction pointer"; "-1, stack pointer, instruction pointer" outside of a system call; or "running". */
static void read_other(struct thread *t, pid_t pid, const char *task)
{
	char name[64];
	long number;
	FILE *in;

	snprintf(name, sizeof(name), "/proc/%d/task/%.20s/syscall", (int)pid, task);
	in = fopen(name, "re");
	if (!in)
		return;
	if (fscanf(in, "%ld", &number) == 1) {
		for (int i = 0; number >= 0 && i < SYSCALL_ARGUMENTS; i++)
			if (fscanf(in, "%" SCNx64, &t->words[t->nwords]) == 1)
				t->nwords++;
		if (fscanf(in, "%" SCNx64, &t->stack) != 1)
			t->stack = 0;
	}
	fclose(in);
}

void threads_read(struct threads *t, pid_t pid)
{
	char name[64];
	struct dirent *e;
	DIR *dir;

	memset(t, 0, sizeof(*t));
	if (pid == CORE) {
		core_threads(t);
		return;
	}
	t->list = calloc(MAX_THREADS, sizeof(*t->list));
	if (!t->list)
		return;
	read_stopped(&t->list[t->count++], pid);
	snprintf(name, sizeof(name), "/proc/%d/task", (int)pid);
	dir = opendir(name);
	while (dir && t->count < MAX_THREADS && (e = readdir(dir)))
		if (e->d_name[0] != '.' && strtol(e->d_name, NULL, 10) != (long)pid)
			read_other(&t->list[t->count++], pid, e->d_name);
	if (dir)
		closedir(dir);
}

void threads_free(struct threads *t)
{
	free(t->list);
	memset(t, 0, sizeof(*t));
}
