/* Taking the marks away, for the next pass. Compiled once per variant of object.h. */
#ifndef HW_UNMARK_H
#define HW_UNMARK_H

#include "luajit/vm.h"
#include "luajit/object.h"

#define unmark_heap VARIANT(unmark_heap)

/* Every object of a VM. False where more are met than fit into the image: the heap is damaged. */
bool unmark_heap(const struct vm *vm);

#endif
