/* LuaJIT's own allocator: which memory it has from the system. */
#ifndef HW_LJALLOC_H
#define HW_LJALLOC_H

#include "sizes/free-chunks.h"
#include "luajit/vm.h"

/*
** Calls `each` for every segment of the VM's allocator. Returns false where the VM uses another allocator
** (the system's malloc, in builds that ask for it).
*/
bool ljalloc_segments(const struct vm *vm, void (*each)(void *context, uint64_t start, uint64_t end), void *context);

/* What the segments consist of; large blocks have mappings of their own. */
struct ljalloc_sizes {
	struct tally segments;			/* how many, and their bytes: used, free and overhead together */
	struct tally used;			/* chunks that are handed out, with their heads */
	struct free_chunks free;
	uint64_t overhead;			/* at the ends of segments */
};

/*
** Walk the chunks of a VM's allocator. False where it is another one, and where the heads do not lead from one chunk to the
** next up to the end of each segment.
*/
bool ljalloc_sizes_read(const struct vm *vm, struct ljalloc_sizes *to);

/* Size of the mapping that a large block has for itself, if one starts at this page and ends by limit; 0 if none does. */
uint64_t ljalloc_large_block(struct image *im, uint64_t page, uint64_t limit);

/* The address of the VM's first area of machine code; 0 where it has none. */
uint64_t ljalloc_first_mcode(const struct vm *vm);

#endif
