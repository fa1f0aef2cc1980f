/* Which code a table's metatable makes its class. Compiled once per variant of object.h. */
#ifndef HW_METHODS_H
#define HW_METHODS_H

#include "luajit/heap.h"
#include "paths/class.h"

#define methods_class VARIANT(methods_class)

/* The class that a metatable gives: 1 + its index among the classes, 0 where it gives none. False when memory ran out. */
bool methods_class(struct classes *k, const struct vm *vm, uint64_t metatable, uint32_t *id);

#endif
