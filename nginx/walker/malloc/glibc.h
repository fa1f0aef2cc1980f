/*
** glibc's malloc, read from its chunk headers. No symbol names its arenas and their layout has changed over the
** years, so each is found by what it must point at, and a walk counts only if it ends exactly where the heap ends.
*/
#ifndef HW_GLIBC_H
#define HW_GLIBC_H

#include "sizes/free-chunks.h"
#include "image/pages.h"

struct malloc_totals {
	uint64_t used, free;			/* bytes of chunks, headers included */
	uint64_t used_resident, free_resident;
	struct free_chunks chunks;		/* what `free` consists of; of glibc alone */
};

/* libc's writable data, where the main arena is. */
struct libc_data {
	uint64_t start;
	uint8_t *bytes;
	size_t size;
};

/* One stretch of memory that an arena was seen to own. */
struct arena_span {
	uint64_t start, end;
	uint64_t chunks;		/* where its first chunk is */
	uint64_t top;			/* the chunk at its end that is still to be handed out; another span's, or 0: none is in it */
};

enum { MAX_ARENA_SPANS = 1024 };

struct glibc {
	struct malloc_totals main, others;
	bool main_known;
	bool bins_known;		/* false: chunks in fast bins count as used */
	bool failed;			/* memory ran out: chunks are missing */
	struct arena_span main_state;	/* where libc keeps the main arena's lists; empty where that is not known */
	struct arena_span main_span;
	struct arena_span spans[MAX_ARENA_SPANS];	/* heaps of the other arenas */
	size_t nspans;
};

/* Who is told of each span, and then of its chunks in use in the order of addresses: where a header begins, and the size with it. */
struct chunk_listener {
	void (*span)(void *context, uint64_t start, uint64_t end);
	void (*chunk)(void *context, uint64_t chunk, uint64_t size);
	void *context;
};

/* Walk the heap at [start, end), the brk heap of the process, and the arenas of its threads. */
void glibc_walk(struct glibc *g, struct image *im, const struct pages *pages, uint64_t start, uint64_t end,
		const struct libc_data *data, const struct chunk_listener *listener);

/* Size of the mapping that a large block has for itself, if one starts at this page and ends by limit; 0 if none does. */
uint64_t glibc_large_block(struct image *im, uint64_t page, uint64_t limit);

#endif
