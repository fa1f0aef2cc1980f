/* Lists that grow: an array, how many items it has, and how many it has room for. */
#ifndef HW_LIST_H
#define HW_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* Double the room of the array that `*list` is, whose items have item_size bytes. False, and all is as before, when memory ran out. */
bool list_grow(void *list, size_t *room, size_t item_size);

/* Whether there is room for one more item, made where there is none. False when memory ran out. */
#define LIST_HAS_ROOM(list, count, room) ((count) < (room) || list_grow(&(list), &(room), sizeof(*(list))))

#endif
