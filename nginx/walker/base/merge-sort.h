/* qsort(), stable, and in as many comparisons as there are items where those are in order already. */
#ifndef HW_MERGE_SORT_H
#define HW_MERGE_SORT_H

#include <stddef.h>

/* Items have a size that 4 divides. */
void merge_sort(void *list, size_t count, size_t item_size, int (*order)(const void *a, const void *b));

#endif
