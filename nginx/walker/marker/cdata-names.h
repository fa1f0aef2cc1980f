/* Names of the C types and finalizers that were counted. Compiled once per variant of object.h. */
#ifndef HW_CDATA_NAMES_H
#define HW_CDATA_NAMES_H

#include "luajit/heap.h"
#include "marker/marker.h"

#define cdata_names_give VARIANT(cdata_names_give)

/* Put names in place of the numbers of k, whose finalizers are those of `all`. False when memory ran out. */
bool cdata_names_give(struct cdata_kinds *k, const struct cdata_kinds *all, struct vm *vm, name_address_fn name_address, void *context);

#endif
