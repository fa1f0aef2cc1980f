/*
** Everything in nginx leads to everything else, so what comes first has it all. Connections and timers are what comes
** and goes: their arrays are set aside until the cycle has taken what is its own.
*/
#include "malloc/nginx-holders.h"
#include "nginx/slots.h"
#include "nginx/rbtree.h"
#include "base/addr-list.h"

#include <stdlib.h>
#include <string.h>

enum {
	LINKS_SIZE = RBNODE_COLOUR - RBNODE_LEFT,	/* left, right, parent */
	MAX_TIMERS = 1 << 22,
};

/* -- Connections --------------------------------------------------------- */

static struct tally hold_at(struct holders *h, const struct image *im, uint64_t address, uint64_t size)
{
	const uint8_t *bytes = image_at(im, raddr(address), size);

	return bytes ? holders_take_bytes(h, bytes, size) : (struct tally){0, 0};
}

/* Slots that no connection uses are full of addresses of what the last one had. */
static void hold_connections(struct holders *h, const struct slots *s, const struct nginx_memory *n)
{
	bool *is_free = calloc(s->count, sizeof(*is_free));

	if (!is_free) {
		h->failed = true;
		return;
	}
	if (!slots_find_free(s, is_free))
		memset(is_free, 0, s->count * sizeof(*is_free));
	for (uint64_t i = 0; i < s->count; i++) {
		if (is_free[i])
			continue;
		holders_add(h, "nginx: connections", hold_at(h, n->im, s->start + i * s->size, s->size));
		holders_add(h, "nginx: connections", hold_at(h, n->im, s->reads + i * s->event, s->event));
		holders_add(h, "nginx: connections", hold_at(h, n->im, s->writes + i * s->event, s->event));
	}
	free(is_free);
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
	struct slots s;
	struct timers timers;
	const bool has_slots = slots_find(&s, n->im, n->cycle);

	if (!timers_unlink(&timers, n))
		h->failed = true;
	if (has_slots) {
		holders_add(h, "nginx: connections", holders_take_block_alone(h, s.start));
		holders_add(h, "nginx: connections", holders_take_block_alone(h, s.reads));
		holders_add(h, "nginx: connections", holders_take_block_alone(h, s.writes));
	}
	if (n->cycle->address)
		holders_add(h, "nginx: cycle", holders_take_address(h, n->cycle->address));
	roots_hold_libraries(h, n->roots, n->areas, n->zero_data, n->im);
	hold_timers(h, &timers);
	if (has_slots)
		hold_connections(h, &s, n);
	roots_hold_program(h, n->roots, n->areas, n->zero_data, n->im);
	roots_hold_local_storage(h, n->roots, n->areas, n->im);
	timers_relink(&timers);
}
