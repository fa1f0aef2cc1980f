/* Lists of what paths have, sorted by path and for each path the most objects first. Each item begins with its path's node. */
#ifndef HW_PATH_LIST_H
#define HW_PATH_LIST_H

#include "base/search.h"

#include <string.h>

static inline bool path_list_is_before(const void *item, uint64_t node)
{
	uint32_t of;

	memcpy(&of, item, sizeof(of));
	return of < node;
}

/* The index of the first item of a path, or of one after it. */
static inline uint32_t path_list_first(const void *list, uint32_t count, size_t item_size, uint32_t node)
{
	return (uint32_t)search_first(list, count, item_size, path_list_is_before, node);
}

/* Less than, equal to or greater than 0, for qsort(). */
static inline int path_list_compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* The order of such a list; 0 where texts have to decide, so that equal heaps give equal text. */
static inline int path_list_order(uint32_t a_node, uint64_t a_objects, uint32_t b_node, uint64_t b_objects)
{
	return a_node != b_node ? path_list_compare(a_node, b_node) : path_list_compare(b_objects, a_objects);
}

#endif
