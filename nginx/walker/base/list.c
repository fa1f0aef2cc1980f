#include "base/list.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64 };

bool list_grow(void *list, size_t *room, size_t item_size)
{
	const size_t more = *room ? *room * 2 : FIRST_ROOM;
	void *old, *grown;

	assert(item_size > 0 && more <= SIZE_MAX / item_size);
	memcpy(&old, list, sizeof(old));	/* a pointer of whatever type */
	grown = realloc(old, more * item_size);
	if (!grown)
		return false;
	memcpy(list, &grown, sizeof(grown));
	*room = more;
	return true;
}
