/* Bisection: the one place that has it. */
#ifndef HW_SEARCH_H
#define HW_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The index of the first item of a sorted list that is not before the key; count where all are. */
static inline size_t search_first(const void *list, size_t count, size_t item_size, bool (*is_before)(const void *item, uint64_t key),
				  uint64_t key)
{
	size_t low = 0, high = count;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (is_before((const char *)list + mid * item_size, key))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

#endif
