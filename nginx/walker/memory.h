/*
** Bytes of another process. A target address is a struct raddr and can't be
** dereferenced; only memory.c turns it into bytes, and every such step is bounded.
*/
#ifndef HW_MEMORY_H
#define HW_MEMORY_H

#include "maps.h"

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

/* One contiguous range of target memory and where its copy is. */
struct region {
	uint64_t start, end;	/* target addresses, end exclusive */
	uint8_t *copy;		/* end - start bytes */
};

/* A frozen copy of a process's private anonymous memory, sorted by address. */
struct image {
	struct region *regions;
	size_t nregions;
	size_t last;		/* region of the last hit: reads are local */
	uint8_t *arena;		/* one mapping behind all copies */
	size_t arena_size;
	uint64_t copied;	/* bytes that were read from the target */
	uint64_t deadline_ns;	/* on the monotonic clock: copying gives up past it, with ETIME; 0 for never */
	uint64_t mapped;	/* bytes of all regions: no heap in it is larger */
};

/* Read exactly len bytes of a live process: process_vm_readv, else /proc/PID/mem. Returns 0, or -1 with errno. */
int memory_read(pid_t pid, struct raddr from, void *to, size_t len);

/* Where a copy of the process's heaps would go; nothing is read yet and the process need not be stopped. */
int image_reserve(struct image *im, const struct maps *maps, pid_t pid);
/* Copy the present anonymous memory. Called while the process stands still. Returns 0, or -1 with errno. */
int image_copy(struct image *im, const struct maps *maps, pid_t pid);
void image_free(struct image *im);

uint8_t *image_find(struct image *im, uint64_t addr, uint64_t len);

/* The copy of len bytes at addr, or NULL where the image has not all of them. */
static inline uint8_t *image_at(struct image *im, struct raddr addr, uint64_t len)
{
	const struct region *r = &im->regions[im->last];

	if (addr.a >= r->start && addr.a < r->end && len <= r->end - addr.a)
		return r->copy + (addr.a - r->start);
	return image_find(im, addr.a, len);
}

#endif
