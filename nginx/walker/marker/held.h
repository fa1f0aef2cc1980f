/* What a marked VM's objects hold of malloc's blocks. Compiled once per variant of object.h. */
#ifndef HW_HELD_H
#define HW_HELD_H

#include "luajit/heap.h"
#include "marker/marker.h"

#define held_take VARIANT(held_take)

/* Something that holds addresses, at its path. */
struct place {
	uint32_t node;
	bool is_address;	/* a light userdata: `address` is what it holds; else that of an object */
	uint64_t address;
	uint32_t object;	/* its number in the graph, where its finalizer frees what it holds; else 0 */
};

/* Give the paths what their places hold, in the order of paths, then garbage what it alone holds. False when memory ran out. */
bool held_take(struct marking *m, struct vm *vm, const struct place *places, size_t count);

#endif
