/* LuaJIT's own allocator: which memory it has from the system. */
#ifndef HW_LJALLOC_H
#define HW_LJALLOC_H

#include "luajit/vm.h"

/*
** Calls `each` for every segment of the VM's allocator. Returns false where the VM uses another allocator
** (the system's malloc, in builds that ask for it).
*/
bool ljalloc_segments(const struct vm *vm, void (*each)(void *context, uint64_t start, uint64_t end), void *context);

/* Size of the mapping that a large block has for itself, if one starts at this page and ends by limit; 0 if none does. */
uint64_t ljalloc_large_block(struct image *im, uint64_t page, uint64_t limit);

/* The address of the VM's first area of machine code; 0 where it has none. */
uint64_t ljalloc_first_mcode(const struct vm *vm);

#endif
