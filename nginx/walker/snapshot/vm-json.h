/* A marked VM as JSON (FORMAT.md). */
#ifndef HW_VM_JSON_H
#define HW_VM_JSON_H

#include "marker/marker.h"

#include <stdio.h>

/* Returns false when memory ran out. Folds the trie's chains. */
bool vm_json(FILE *out, struct vm *vm, struct marking *marking);

#endif
