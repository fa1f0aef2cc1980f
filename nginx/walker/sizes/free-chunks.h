/* Chunks that an allocator has free, by their size. */
#ifndef HW_FREE_CHUNKS_H
#define HW_FREE_CHUNKS_H

#include "sizes/size-classes.h"

struct free_chunks {
	struct size_classes sizes;	/* with their heads, and with the chunk at the end of the memory */
	uint64_t largest;
	uint64_t top;			/* that one: from it is taken what fits nowhere else */
};

void free_chunks_count(struct free_chunks *f, uint64_t size);
/* Write "free":[chunks,bytes],"largestFree":1,"top":1,"sizes":[...] */
void free_chunks_json(FILE *out, const struct free_chunks *f);

#endif
