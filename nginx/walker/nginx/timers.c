#define _GNU_SOURCE
#include "nginx/timers.h"
#include "base/clock.h"
#include "base/word.h"

#include <inttypes.h>
#include <string.h>

enum {
	MAX_EVENTS = 1 << 20,
	/* ngx_rbtree_node_t */
	N_KEY = 0, N_LEFT = 8, N_RIGHT = 16, N_PARENT = 24, N_COLOUR = 32, N_SIZE = 40,
	/* ngx_queue_t */
	Q_PREVIOUS = 0, Q_NEXT = 8, Q_SIZE = 16,
};

/* Not every nginx has all: `next` came with 1.17.5, `delayed` is OpenResty's. */
static const char *const queue_names[NQUEUES] = {"ngx_posted_accept_events", "ngx_posted_next_events", "ngx_posted_events",
						 "ngx_posted_delayed_events"};

/* -- While the worker stands still --------------------------------------- */

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/*
** ngx_current_msec stands still while the worker sleeps, so the time is read anew, on the clock that nginx took it from:
** the monotonic one, or time of day where a build has none (and before 1.13.10). The two are decades apart.
*/
static uint64_t now_ms(uint64_t current_ms)
{
	const uint64_t monotonic = clock_monotonic_ns() / 1000000, wall = clock_unix_ms();

	return distance(current_ms, monotonic) < distance(current_ms, wall) ? monotonic : wall;
}

void event_loop_read(struct event_loop *l, const struct symbols *s, pid_t pid)
{
	const uint64_t tree = symbols_find(s, "ngx_event_timer_rbtree"), current = symbols_find(s, "ngx_current_msec");
	uint64_t words[2], current_ms;

	memset(l, 0, sizeof(*l));
	if (tree == 0 || current == 0 || memory_read(pid, raddr(tree), words, sizeof(words)) != 0 ||
	    memory_read(pid, raddr(current), &current_ms, sizeof(current_ms)) != 0)
		return;
	l->root = words[0];
	l->sentinel = words[1];
	l->now_ms = now_ms(current_ms);
	for (int i = 0; i < NQUEUES; i++) {
		struct posted *queue = &l->queues[i];

		queue->address = symbols_find(s, queue_names[i]);
		if (queue->address && memory_read(pid, raddr(queue->address + Q_NEXT), &queue->first, 8) != 0)
			return;
	}
	l->known = l->root != 0 && l->sentinel != 0;
}

/* -- From the image ------------------------------------------------------ */

/* What is being read, and into what. */
struct reading {
	struct timers *to;
	const struct event_loop *loop;
	const struct slots *slots;
	const struct symbols *modules;
};

static bool is_variable(const struct symbols *s, uint64_t address)
{
	for (size_t i = 0; i < s->nmodules; i++)
		if (address >= s->modules[i].start && address < s->modules[i].end)
			return true;
	return false;
}

static bool is_full(const struct timers *t)
{
	return t->pending + t->of_modules == MAX_EVENTS;
}

static void note(const struct reading *r, uint64_t event, uint64_t due_ms)
{
	struct timers *t = r->to;

	if (is_variable(r->modules, event)) {
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
		const uint8_t *p = image_at(r->slots->im, raddr(at), Q_SIZE);

		if (!p || word_at(p, Q_PREVIOUS) != previous || is_full(r->to))
			return false;
		note(r, at, 0);
		previous = at;
		at = word_at(p, Q_NEXT);
	}
	return true;
}

static const uint8_t *node_at(const struct reading *r, uint64_t at)
{
	const uint8_t *p = image_at(r->slots->im, raddr(at), N_SIZE);

	return p && p[N_COLOUR] <= 1 ? p : NULL;
}

/* A child points back at its parent, so that each node is come to by one way. */
static bool is_child(const struct reading *r, uint64_t child, uint64_t parent)
{
	const uint8_t *p = node_at(r, child);

	return p && word_at(p, N_PARENT) == parent;
}

/* Down to the left as far as it goes; 0 where it leads out of the tree. */
static uint64_t leftmost(const struct reading *r, uint64_t at)
{
	for (int depth = 0; depth < MAX_EVENTS; depth++) {
		const uint8_t *p = node_at(r, at);
		uint64_t left = p ? word_at(p, N_LEFT) : 0;

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
	uint64_t right = word_at(p, N_RIGHT);

	if (right != r->loop->sentinel)
		return is_child(r, right, at) ? leftmost(r, right) : 0;
	while (at != r->loop->root) {	/* up, to the first that this is left of: the way down was checked */
		uint64_t parent = word_at(p, N_PARENT);

		p = node_at(r, parent);
		if (!p)
			return 0;
		if (word_at(p, N_LEFT) == at)
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
		uint64_t key = p ? word_at(p, N_KEY) : 0;
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
