#include "base/addr-list.h"
#include "base/list.h"

bool addr_list_push(struct addr_list *l, uint64_t a)
{
	if (!LIST_HAS_ROOM(l->list, l->count, l->room))
		return false;
	l->list[l->count++] = a;
	return true;
}
