/* What a VM's unreachable cdata and userdata hold of malloc's blocks, and nothing else does. */
#ifndef HW_GARBAGE_H
#define HW_GARBAGE_H

#include "paths/cdata.h"

struct garbage {
	struct tally finalizable;	/* a collection runs their finalizers: it may free the blocks */
	struct tally other;		/* lost as soon as a collection frees the object */
	struct cdata_kinds kinds;	/* of objects that hold any; their node is 0 */
};

/* Write {"finalizable":[n,n],"other":[n,n],"ctypes":[[type,finalizer,objects,blocks,bytes],...]}, the most bytes first. */
void garbage_write(FILE *out, struct garbage *g);
void garbage_free(struct garbage *g);

#endif
