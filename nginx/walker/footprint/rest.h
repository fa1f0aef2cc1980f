/* Of each mapping what nobody else has claimed. */
#ifndef HW_REST_H
#define HW_REST_H

#include "footprint/malloc-memory.h"
#include "target/areas.h"

void rest_add_rows(struct rows *r, const struct zones *zones, const struct areas *areas, const struct malloc_memory *mm);

#endif
