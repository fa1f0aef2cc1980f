/* A list of addresses, or of other numbers of 8 bytes. */
#ifndef HW_ADDR_LIST_H
#define HW_ADDR_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct addr_list {
	uint64_t *list;
	size_t count, room;
};

/* False when memory ran out. */
bool addr_list_push(struct addr_list *l, uint64_t a);

#endif
