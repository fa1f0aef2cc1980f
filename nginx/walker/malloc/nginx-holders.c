/*
** Everything in nginx leads to everything else, so what comes first has it all. Connections and timers are what comes
** and goes: the arrays and pools of connections are set aside until the cycle has taken what is its own.
*/
#include "malloc/nginx-holders.h"
#include "malloc/pool.h"
#include "nginx/slots.h"
#include "nginx/rbtree.h"
#include "base/addr-list.h"

#include <stdlib.h>
#include <string.h>

enum {
	LINKS_SIZE = RBNODE_COLOUR - RBNODE_LEFT,	/* left, right, parent */
	MAX_TIMERS = 1 << 22,
	STEPS_PER_BLOCK = 8,		/* a pool's list keeps the nodes of large blocks that are freed */
};

/* -- Connections --------------------------------------------------------- */

struct connections {
	struct slots slots;
	bool *is_free;			/* by slot: full of addresses of what the last connection had */
	struct addr_list pools;		/* blocks of the pools of connections and requests */
	uint64_t steps;			/* see pool_blocks() */
};

static void set_aside_pool(struct holders *h, struct connections *c, uint64_t address)
{
	const size_t known = c->pools.count;
	struct block k;

	if (!block_at(&h->blocks, address, &k) || block_marked(&k) || !pool_begins(&h->blocks, &k))
		return;
	h->failed |= !pool_blocks(&h->blocks, &k, &c->pools, &c->steps);
	for (size_t i = known; i < c->pools.count; i++)
		holders_add(h, "nginx: connections", holders_take_block_alone(h, c->pools.list[i]));
}

static void hold_words(struct holders *h, const struct image *im, uint64_t address, uint64_t size)
{
	const uint8_t *bytes = image_at(im, raddr(address), size);

	if (bytes)
		holders_add(h, "nginx: connections", holders_take_bytes(h, bytes, size));
}

/*
** Take the arrays and what is in the pools of connections, without looking into them: a connection leads to the cycle, and the
** cycle to it, by addresses that are left over in its memory as well. What it has in its pool is its own all the same.
*/
static void set_aside_connections(struct holders *h, struct connections *c, const struct nginx_memory *n)
{
	struct block cycle;

	if (!slots_find(&c->slots, n->im, n->cycle))
		c->slots.count = 0;
	c->is_free = calloc(c->slots.count + 1, sizeof(*c->is_free));
	c->steps = STEPS_PER_BLOCK * h->blocks.count;
	h->failed |= !c->is_free;
	if (c->slots.count == 0 || !c->is_free)
		return;
	if (!slots_find_free(&c->slots, c->is_free))
		memset(c->is_free, 0, c->slots.count * sizeof(*c->is_free));
	holders_add(h, "nginx: connections", holders_take_block_alone(h, c->slots.start));
	holders_add(h, "nginx: connections", holders_take_block_alone(h, c->slots.reads));
	holders_add(h, "nginx: connections", holders_take_block_alone(h, c->slots.writes));
	if (block_at(&h->blocks, n->cycle->address, &cycle))	/* lies in the first block of its pool, which connections point at, too */
		holders_add(h, "nginx: cycle", holders_take_block_alone(h, n->cycle->address));
	for (uint64_t i = 0; i < c->slots.count; i++) {
		const uint8_t *slot = c->is_free[i] ? NULL : slot_at(&c->slots, i);

		if (!slot)
			continue;
		set_aside_pool(h, c, word_at(slot, C_POOL));
		set_aside_pool(h, c, word_at(slot, C_DATA));	/* a request lies in the first block of its own pool */
	}
}

static void hold_connections(struct holders *h, const struct connections *c, const struct image *im)
{
	const struct slots *s = &c->slots;

	for (size_t i = 0; i < c->pools.count; i++)
		holders_add(h, "nginx: connections", holders_take_content(h, c->pools.list[i]));
	for (uint64_t i = 0; c->is_free && i < s->count; i++) {
		if (c->is_free[i])
			continue;
		hold_words(h, im, s->start + i * s->size, s->size);
		hold_words(h, im, s->reads + i * s->event, s->event);
		hold_words(h, im, s->writes + i * s->event, s->event);
	}
}

static void connections_free(struct connections *c)
{
	free(c->is_free);
	free(c->pools.list);
}

/* -- Timers -------------------------------------------------------------- */

/* A timer's links in the tree: through them each timer would hold all others. */
struct links {
	uint8_t *copy;
	uint8_t kept[LINKS_SIZE];
};

struct timers {
	struct addr_list nodes;
	struct links *links;
};

/* Every node of ngx_event_timer_rbtree, at most as many as there is room for. */
static bool find_nodes(struct addr_list *nodes, const struct nginx_memory *n)
{
	struct addr_list open = {0};
	uint64_t sentinel = n->timers ? roots_word(n->roots, n->im, n->timers + RBTREE_SENTINEL) : 0;
	bool ok = !sentinel || addr_list_push(&open, roots_word(n->roots, n->im, n->timers));

	while (ok && open.count > 0 && nodes->count < MAX_TIMERS) {
		const uint64_t node = open.list[--open.count];

		if (node == sentinel || !image_at(n->im, raddr(node), RBNODE_SIZE))
			continue;
		ok = addr_list_push(nodes, node) && addr_list_push(&open, image_word(n->im, node + RBNODE_RIGHT)) &&
		     addr_list_push(&open, image_word(n->im, node + RBNODE_LEFT));
	}
	free(open.list);
	return ok;
}

/* Take the tree apart, so that each timer is held by the tree alone, or by what it is part of. */
static bool timers_unlink(struct timers *t, const struct nginx_memory *n)
{
	memset(t, 0, sizeof(*t));
	if (!find_nodes(&t->nodes, n))
		return false;
	t->links = calloc(t->nodes.count + 1, sizeof(*t->links));
	for (size_t i = 0; t->links && i < t->nodes.count; i++) {
		struct links *l = &t->links[i];

		l->copy = image_at(n->im, raddr(t->nodes.list[i] + RBNODE_LEFT), LINKS_SIZE);
		memcpy(l->kept, l->copy, LINKS_SIZE);
		memset(l->copy, 0, LINKS_SIZE);
	}
	return t->links != NULL;
}

/* Put it together as it was. In a damaged tree nodes overlap: the last that was taken comes first. */
static void timers_relink(struct timers *t)
{
	for (size_t i = t->links ? t->nodes.count : 0; i-- > 0;)
		memcpy(t->links[i].copy, t->links[i].kept, LINKS_SIZE);
	free(t->links);
	free(t->nodes.list);
}

static void hold_timers(struct holders *h, const struct timers *t)
{
	for (size_t i = 0; i < t->nodes.count; i++)
		holders_add(h, "nginx: timers", holders_take_address(h, t->nodes.list[i]));
}

/* -- All of it ----------------------------------------------------------- */

void nginx_holders_take(struct holders *h, const struct nginx_memory *n)
{
	struct connections connections = {0};
	struct timers timers;

	if (!timers_unlink(&timers, n))
		h->failed = true;
	set_aside_connections(h, &connections, n);
	if (n->cycle->address) {
		holders_add(h, "nginx: cycle", holders_take_address(h, n->cycle->address));
		holders_add(h, "nginx: cycle", holders_take_content(h, n->cycle->address));
	}
	roots_hold_libraries(h, n->roots, n->claims->areas, n->zero_data, n->im);
	hold_timers(h, &timers);
	hold_connections(h, &connections, n->im);
	roots_hold_program(h, n->roots, n->claims->areas, n->zero_data, n->im);
	roots_hold_local_storage(h, n->roots, n->claims, n->im);
	timers_relink(&timers);
	connections_free(&connections);
}
