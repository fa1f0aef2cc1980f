/* A marked VM as JSON (FORMAT.md). */
#ifndef HW_WRITE_H
#define HW_WRITE_H

#include "marker/marker.h"

#include <stdio.h>

/* Returns false when memory ran out. Folds the trie's chains. */
bool write_vm(FILE *out, struct vm *vm, struct marking *marking);

#endif
