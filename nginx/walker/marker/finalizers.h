/* What frees a cdata: the table of ffi.gc(). Compiled once per variant of object.h. */
#ifndef HW_FINALIZERS_H
#define HW_FINALIZERS_H

#include "luajit/heap.h"
#include "paths/cdata.h"

#define finalizers_read VARIANT(finalizers_read)
#define finalizers_find VARIANT(finalizers_find)

/* Read the table, the first time that it is asked for. False when memory ran out. */
bool finalizers_read(struct cdata_kinds *k, const struct vm *vm);
/* What frees a cdata: 1 + its index among the finalizers, 0 where nothing does or it is not known. False when memory ran out. */
bool finalizers_find(struct cdata_kinds *k, const struct vm *vm, const uint8_t *cd, uint64_t addr, uint32_t *id);

#endif
