#include "nginx/timers.h"
#include "base/word.h"
#include "nginx/queue.h"
#include "nginx/rbtree.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_EVENTS = 1 << 20 };

/* What is being read, and into what. */
struct reading {
	struct timers *to;
	const struct event_loop *loop;
	const struct slots *slots;
	const struct symbols *modules;
};

static bool is_full(const struct timers *t)
{
	return t->pending + t->of_modules == MAX_EVENTS;
}

static void note(const struct reading *r, uint64_t event, uint64_t due_ms)
{
	struct timers *t = r->to;

	if (symbols_module(r->modules, event)) {
		t->of_modules++;
		return;
	}
	t->pending++;
	if (slots_have_event(r->slots, event))
		t->of_connections++;
	else if (t->ndue < MAX_DUE)
		t->due_ms[t->ndue++] = due_ms;
}

static bool read_posted(const struct reading *r, const struct posted *queue)
{
	uint64_t previous = queue->address;

	if (queue->address == 0 || queue->first == 0)	/* zero: a process that never began its loop */
		return true;
	for (uint64_t at = queue->first; at != queue->address;) {
		const uint8_t *p = image_at(r->slots->im, raddr(at), QUEUE_SIZE);

		if (!p || word_at(p, QUEUE_PREVIOUS) != previous || is_full(r->to))
			return false;
		note(r, at, 0);
		previous = at;
		at = word_at(p, QUEUE_NEXT);
	}
	return true;
}

static const uint8_t *node_at(const struct reading *r, uint64_t at)
{
	const uint8_t *p = image_at(r->slots->im, raddr(at), RBNODE_SIZE);

	return p && p[RBNODE_COLOUR] <= 1 ? p : NULL;
}

/* A child points back at its parent, so that each node is come to by one way. */
static bool is_child(const struct reading *r, uint64_t child, uint64_t parent)
{
	const uint8_t *p = node_at(r, child);

	return p && word_at(p, RBNODE_PARENT) == parent;
}

/* Down to the left as far as it goes; 0 where it leads out of the tree. */
static uint64_t leftmost(const struct reading *r, uint64_t at)
{
	for (int depth = 0; depth < MAX_EVENTS; depth++) {
		const uint8_t *p = node_at(r, at);
		uint64_t left = p ? word_at(p, RBNODE_LEFT) : 0;

		if (!p)
			return 0;
		if (left == r->loop->sentinel)
			return at;
		if (!is_child(r, left, at))
			return 0;
		at = left;
	}
	return 0;
}

/* The node that is next by key, the sentinel after the last, 0 where the tree is none. */
static uint64_t next_node(const struct reading *r, uint64_t at)
{
	const uint8_t *p = node_at(r, at);
	uint64_t right = word_at(p, RBNODE_RIGHT);

	if (right != r->loop->sentinel)
		return is_child(r, right, at) ? leftmost(r, right) : 0;
	while (at != r->loop->root) {	/* up, to the first that this is left of: the way down was checked */
		uint64_t parent = word_at(p, RBNODE_PARENT);

		p = node_at(r, parent);
		if (!p)
			return 0;
		if (word_at(p, RBNODE_LEFT) == at)
			return parent;
		at = parent;
	}
	return r->loop->sentinel;
}

/* Keys are milliseconds that may wrap around, so they are compared by their difference. */
static bool read_tree(const struct reading *r)
{
	const struct event_loop *l = r->loop;
	uint64_t at = l->root == l->sentinel ? l->sentinel : leftmost(r, l->root), before = 0;

	for (bool first = true; at != l->sentinel; first = false) {
		const uint8_t *p = at ? node_at(r, at) : NULL;
		uint64_t key = p ? word_at(p, RBNODE_KEY) : 0;
		int64_t due_ms = (int64_t)(key - l->now_ms);

		if (!p || (!first && (int64_t)(key - before) < 0) || is_full(r->to))
			return false;
		note(r, at, due_ms > 0 ? (uint64_t)due_ms : 0);
		before = key;
		at = next_node(r, at);
	}
	return true;
}

void timers_read(struct timers *t, const struct event_loop *l, const struct slots *s, const struct symbols *modules)
{
	const struct reading r = {t, l, s, modules};

	memset(t, 0, sizeof(*t));
	if (!l->known || s->count == 0)
		return;
	t->known = true;
	for (int i = 0; i < NQUEUES; i++)
		t->known = t->known && read_posted(&r, &l->queues[i]);
	t->known = t->known && read_tree(&r);
}

void timers_json(FILE *out, const struct timers *t)
{
	if (!t->known) {
		fputs("null", out);
		return;
	}
	fprintf(out, "{\"pending\":%" PRIu64 ",\"dueMs\":[", t->pending);
	for (size_t i = 0; i < t->ndue; i++)
		fprintf(out, "%s%" PRIu64, i ? "," : "", t->due_ms[i]);
	fprintf(out, "],\"ofConnections\":%" PRIu64 ",\"ofModules\":%" PRIu64 "}", t->of_connections, t->of_modules);
}
