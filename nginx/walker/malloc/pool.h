/*
** nginx's pools (ngx_pool_t), which a connection and each of its requests has: blocks that it cuts memory from, and large ones
** in a list. Their layout is the same in every nginx; that a block begins a pool shows in numbers that must fit its size.
*/
#ifndef HW_POOL_H
#define HW_POOL_H

#include "malloc/blocks.h"
#include "base/addr-list.h"

/* What of a block's bytes a pool has not handed out: whatever was there before. Both are its size where it is none of a pool's. */
struct pool_unused {
	uint64_t from, to;
};

struct pool_unused pool_unused_of(const struct blocks *b, const struct block *k);
/* Whether a pool begins with this block. */
bool pool_begins(const struct blocks *b, const struct block *k);
/*
** The addresses of all blocks of the pool that begins with this one, added to a list. Steps are how many blocks and nodes of lists
** may be looked at, and are taken off: a damaged list may lead nowhere. False when memory ran out.
*/
bool pool_blocks(const struct blocks *b, const struct block *first, struct addr_list *to, uint64_t *steps);

#endif
