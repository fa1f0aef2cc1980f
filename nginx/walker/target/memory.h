/*
** Bytes of another process. A target address is a struct raddr and can't be dereferenced: memory.c reads bytes from
** there, image.h finds them in a copy, and every such step is bounded.
*/
#ifndef HW_MEMORY_H
#define HW_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <sys/types.h>

struct raddr {
	uint64_t a;
};

static inline struct raddr raddr(uint64_t a)
{
	return (struct raddr){a};
}

static inline struct raddr raddr_plus(struct raddr r, uint64_t n)
{
	return (struct raddr){r.a + n};
}

/*
** Read exactly len bytes of a process; of a core file where pid is CORE (core.h). A live one: process_vm_readv, else
** /proc/PID/mem. Returns 0, or -1 with errno.
*/
int memory_read(pid_t pid, struct raddr from, void *to, size_t len);
/* The word at an address; 0 where it is 0 itself or can't be read. */
uint64_t memory_word(pid_t pid, uint64_t address);

#endif
