/*
** All blocks that malloc has handed out, and which of them are reached. A bit per 16 bytes says where a block begins,
** another whether it is marked; the size stands in the block's own header, or shows in where the next slot begins. So a
** word is told to be an address in a block, also in its middle, without a list of blocks, and memory is bounded by what
** was copied.
*/
#ifndef HW_BLOCKS_H
#define HW_BLOCKS_H

#include "image/image.h"

enum {
	GRANULE = 16,			/* glibc's and musl's blocks begin at multiples of it */
	BLOCK_HEADER = 16,		/* from where its header begins to its first byte; of musl, which has the slot there */
};

/*
** A stretch of memory that one arena, or groups of musl's, cut into blocks, or that is one large block. Of a framed span,
** musl's, the slots' sizes stand nowhere near them, so their bounds are kept; what was asked for does, and is all that is read.
*/
struct block_span {
	uint64_t start, end;
	const uint8_t *copy;
	bool framed;
	uint64_t *bounds;		/* of a framed span: a bit per granule where a slot, in use or free, begins or the last one ends */
	uint64_t *starts, *marks, *pointed;	/* a bit per granule; NULL where the span is one block. pointed: see lost.c */
	uint32_t *before;		/* per stretch of 64 words of `starts`: 1 + the last granule before it that begins a block */
	bool whole, marked, whole_pointed;	/* of a span that is one block */
};

struct blocks {
	struct image *im;		/* that holds all of them */
	struct block_span *spans;	/* by address once blocks_settle() was called */
	size_t nspans, room;
	uint32_t *index;		/* span by (address / 2 MB) % SPAN_INDEX: NO_SPAN, MANY_SPANS, or the one */
	uint64_t low, high;		/* all spans are between them */
	uint64_t count, bytes;		/* of all blocks: bytes with their headers, as malloc's rows have them in use */
	bool failed;			/* memory ran out: nothing can be told */
};

struct block {
	struct block_span *span;
	uint64_t start, size;		/* with the header */
};

/* A span that an arena cuts into blocks; add them with blocks_add(). Or one block with a mapping of its own. */
void blocks_add_span(struct blocks *b, uint64_t start, uint64_t end);
void blocks_add_whole(struct blocks *b, uint64_t start, uint64_t size);
/*
** The same of musl, with a copy that need not be in the image; start is BLOCK_HEADER before the first slot. Then the slots of
** the span that was added last: each begins where the one before ends, and the last one's end is to be told as well.
*/
void blocks_add_framed_span(struct blocks *b, uint64_t start, uint64_t end, const uint8_t *copy);
void blocks_add_framed_whole(struct blocks *b, uint64_t start, uint64_t size);
void blocks_add_bound(struct blocks *b, uint64_t start);
/* A block in use of the span that holds it, its header at start. */
void blocks_add(struct blocks *b, uint64_t start, uint64_t size);
/* Once all are added: what finding needs. False when memory ran out. */
bool blocks_settle(struct blocks *b);
void blocks_free(struct blocks *b);

/*
** Whether a word is an address where blocks are. It is looked at soon: what that takes is asked for, to be in the processor's
** cache by then.
*/
bool block_fetch_ahead(const struct blocks *b, uint64_t word);
/* Whether it may be one: most words are numbers and text, which need no further look. */
static inline bool blocks_reach(const struct blocks *b, uint64_t word)
{
	return word - BLOCK_HEADER - b->low < b->high - b->low;
}
/* The block whose usable bytes hold addr. */
bool block_at(const struct blocks *b, uint64_t addr, struct block *to);
/*
** The same for a word of a block's own bytes, which may be left from when they were free: the allocator's lists lead to the
** headers of chunks, and where a header is, the block before has its last 8 usable bytes. So an address there is not taken
** for one in that block, unless the word is as far into its own block: so are links of lists whose nodes end in them.
*/
bool block_named(const struct blocks *b, uint64_t word, uint64_t offset, struct block *to);
/* The first block of a span at or after an address that is not marked; false past the last. */
bool block_unmarked(struct block_span *s, uint64_t addr, struct block *to);

/* Its usable bytes, as many as the copy has, and their address. */
const uint8_t *block_bytes(const struct block *k, uint64_t *begin, uint64_t *size);
/* The first span, once they are settled, that ends after an address; NULL past the last. */
const struct block_span *blocks_span_after(const struct blocks *b, uint64_t addr);

bool block_marked(const struct block *k);
void block_mark(const struct block *k);

#endif
