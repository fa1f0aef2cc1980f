/* nginx's slab pool, the allocator of every shared zone: what it has handed out, and in which pages. */
#ifndef HW_SLAB_H
#define HW_SLAB_H

#include "target/memory.h"

/* One ngx_slab_page_t: slab, next, prev. */
enum { SLAB_PAGE_BYTES = 24 };

struct slab_pool {
	uint64_t at;			/* where it begins: the zone's first byte */
	uint64_t pages;			/* address of the page descriptors */
	uint64_t start, end;		/* of the pages themselves */
	uint64_t npages, free_pages;
	unsigned page_shift, least_shift;
	uint64_t used;			/* bytes of chunks and pages handed out */
	uint64_t requests, failures;	/* allocations of up to half a page asked for, and of these refused, since the zone was made */
	uint64_t data;			/* address of what the module keeps in it; 0: it has not said so, or this build has its pool otherwise */
	uint64_t log_context;		/* address of what the error log says of it, a text that its module has put there; 0 as of `data` */
	bool locked;			/* a process is changing it */
};

/* Read the pool at the beginning of a zone. False where what is there does not agree with itself. */
bool slab_read(struct slab_pool *s, uint64_t at, uint64_t size, pid_t pid);
/* The chunk or pages that an allocation of this size takes. */
uint64_t slab_room(const struct slab_pool *s, uint64_t size);

/* Pages that belong together: the chunks of one page, an allocation of whole pages, or free ones. */
struct slab_run {
	uint64_t page, count;
	bool free;
};

/* The run that begins at this page, by its descriptor. False where there can be none. */
bool slab_run_at(const struct slab_pool *s, const uint8_t *descriptors, uint64_t page, struct slab_run *run);

#endif
