#include "trie.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_NODES = 1 << 20,	/* beyond: objects stay with their parent's path */
	MAX_KEY = 200,		/* bytes of a key that a path shows */
};

const char *const entry_steps[NENTRIES] = {"[*]",	"{*}",		"[<boolean>]",	"[<table>]",	    "[<function>]",
					   "[<cdata>]", "[<userdata>]", "[<thread>]",	"[<lightuserdata>]"};

/* -- Maps ---------------------------------------------------------------- */

static size_t pair_hash(uint64_t a, uint64_t b)
{
	uint64_t h = (a * UINT64_C(0x9e3779b97f4a7c15)) ^ (b * UINT64_C(0xc2b2ae3d27d4eb4f));

	return (size_t)(h ^ (h >> 29));
}

uint32_t pair_map_get(const struct pair_map *m, uint64_t a, uint64_t b)
{
	if (m->room == 0)
		return NO_NODE;
	for (size_t i = pair_hash(a, b);; i++) {
		const struct pair_slot *s = &m->slots[i & (m->room - 1)];

		if (s->value == NO_NODE || (s->a == a && s->b == b))
			return s->value;
	}
}

static void pair_map_set(struct pair_map *m, uint64_t a, uint64_t b, uint32_t value)
{
	for (size_t i = pair_hash(a, b);; i++) {
		struct pair_slot *s = &m->slots[i & (m->room - 1)];

		if (s->value == NO_NODE || (s->a == a && s->b == b)) {
			m->count += s->value == NO_NODE;
			*s = (struct pair_slot){a, b, value};
			return;
		}
	}
}

bool pair_map_put(struct pair_map *m, uint64_t a, uint64_t b, uint32_t value)
{
	if (m->count * 2 >= m->room) {
		struct pair_map more = {.room = m->room ? m->room * 2 : 1024};

		more.slots = malloc(more.room * sizeof(*more.slots));
		if (!more.slots)
			return false;
		memset(more.slots, 0xff, more.room * sizeof(*more.slots));
		for (size_t i = 0; i < m->room; i++)
			if (m->slots[i].value != NO_NODE)
				pair_map_set(&more, m->slots[i].a, m->slots[i].b, m->slots[i].value);
		free(m->slots);
		*m = more;
	}
	pair_map_set(m, a, b, value);
	return true;
}

void pair_map_clear(struct pair_map *m)
{
	free(m->slots);
	memset(m, 0, sizeof(*m));
}

/* -- Steps --------------------------------------------------------------- */

static uint64_t text_hash(const char *text, size_t length)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		h = (h ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
	return h;
}

static bool grow(void **list, uint32_t *room, size_t size)
{
	uint32_t more = *room ? *room * 2 : 256;
	void *p = realloc(*list, more * size);

	if (!p)
		return false;
	*list = p;
	*room = more;
	return true;
}

uint32_t trie_step(struct trie *t, const char *text, size_t length)
{
	uint64_t hash = text_hash(text, length);
	uint32_t id;
	char *copy;

	for (uint64_t probe = 0;; probe++) {
		id = pair_map_get(&t->texts, hash, probe);
		if (id == NO_NODE) {
			if (t->nsteps == t->steps_room && !grow((void **)&t->steps, &t->steps_room, sizeof(*t->steps)))
				break;
			copy = malloc(length + 1);
			if (!copy || !pair_map_put(&t->texts, hash, probe, t->nsteps)) {
				free(copy);
				break;
			}
			memcpy(copy, text, length);
			copy[length] = '\0';
			t->steps[t->nsteps] = (struct step){copy, (uint32_t)length};
			return t->nsteps++;
		}
		if (t->steps[id].length == length && memcmp(t->steps[id].text, text, length) == 0)
			return id;
	}
	t->failed = true;
	return NO_STEP;
}

static bool is_identifier(const uint8_t *key, size_t length)
{
	if (length == 0 || length > MAX_KEY || (key[0] >= '0' && key[0] <= '9'))
		return false;
	for (size_t i = 0; i < length; i++) {
		uint8_t c = key[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

/* Length of the UTF-8 sequence at p, or 0 where there is none. */
static size_t utf8_length(const uint8_t *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 :
		   p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0)))
		return 0;	/* overlong, or a surrogate */
	if (n == 4 && ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90)))
		return 0;
	return n;
}

uint32_t trie_step_for_key(struct trie *t, const uint8_t *key, size_t length)
{
	char text[MAX_KEY * 6 + 64];
	size_t n = 0, i = 0, shown = length > MAX_KEY ? MAX_KEY : length;

	if (is_identifier(key, length)) {
		text[0] = '.';
		memcpy(text + 1, key, length);
		return trie_step(t, text, length + 1);
	}
	text[n++] = '[';
	text[n++] = '"';
	while (i < shown) {
		size_t len = utf8_length(key + i, length - i);

		if (len == 0) {
			n += (size_t)sprintf(text + n, "\\udc%02x", key[i]);
			i++;
		} else if (len == 1 && (key[i] < 0x20 || key[i] == 0x7f)) {
			n += (size_t)sprintf(text + n, "\\u%04x", key[i]);
			i++;
		} else {
			if (key[i] == '"' || key[i] == '\\')
				text[n++] = '\\';
			memcpy(text + n, key + i, len);
			n += len;
			i += len;
		}
	}
	if (length > shown)
		n += (size_t)sprintf(text + n, "...(%zu bytes)", length);
	text[n++] = '"';
	text[n++] = ']';
	return trie_step(t, text, n);
}

/* -- Nodes --------------------------------------------------------------- */

void trie_init(struct trie *t)
{
	memset(t, 0, sizeof(*t));
}

void trie_free(struct trie *t)
{
	for (uint32_t i = 0; i < t->nsteps; i++)
		free(t->steps[i].text);
	free(t->steps);
	free(t->nodes);
	pair_map_clear(&t->children);
	pair_map_clear(&t->texts);
	memset(t, 0, sizeof(*t));
}

static uint32_t trie_new(struct trie *t, uint32_t parent, uint32_t step)
{
	struct node *n;

	if (step == NO_STEP || (t->nnodes == t->nodes_room && !grow((void **)&t->nodes, &t->nodes_room, sizeof(*t->nodes)))) {
		t->failed = true;
		return 0;
	}
	n = &t->nodes[t->nnodes];
	memset(n, 0, sizeof(*n));
	n->parent = parent;
	n->step = step;
	n->first_child = n->next_sibling = NO_NODE;
	if (parent != NO_NODE) {
		n->depth = t->nodes[parent].depth + 1;
		n->next_sibling = t->nodes[parent].first_child;
		t->nodes[parent].first_child = t->nnodes;
	}
	return t->nnodes++;
}

uint32_t trie_root(struct trie *t, const char *name)
{
	uint32_t step = trie_step(t, name, strlen(name));
	uint32_t id = pair_map_get(&t->children, NO_NODE, step);

	if (id != NO_NODE)
		return id;
	id = trie_new(t, NO_NODE, step);
	if (!pair_map_put(&t->children, NO_NODE, step, id))
		t->failed = true;
	return id;
}

/* The k-th ancestor; NO_NODE above the root. */
static uint32_t ancestor(const struct trie *t, uint32_t node, uint32_t k)
{
	while (k-- > 0 && node != NO_NODE)
		node = t->nodes[node].parent;
	return node;
}

/* Do the last CHAIN_REPEATS * period steps that end at node repeat the same steps, and does step begin them anew? */
static bool chain_repeats(const struct trie *t, uint32_t node, uint32_t step, uint32_t period)
{
	uint32_t ahead = node, behind = ancestor(t, node, period);

	if (t->nodes[node].depth < period * CHAIN_REPEATS)
		return false;
	if (t->nodes[ancestor(t, node, period - 1)].step != step)
		return false;
	for (uint32_t i = 0; i < period * (CHAIN_REPEATS - 1); i++) {
		if (behind == NO_NODE || t->nodes[ahead].step != t->nodes[behind].step)
			return false;
		ahead = t->nodes[ahead].parent;
		behind = t->nodes[behind].parent;
	}
	return true;
}

uint32_t trie_child(struct trie *t, uint32_t parent, uint32_t step)
{
	uint32_t id = pair_map_get(&t->children, parent, step);

	if (id != NO_NODE)
		return id;
	if (t->nnodes >= MAX_NODES)
		return parent;
	for (uint32_t period = 1; period <= CHAIN_MAX_PERIOD && id == NO_NODE; period++) {
		if (chain_repeats(t, parent, step, period)) {
			id = ancestor(t, parent, period - 1);
			t->nodes[parent].chain = (uint8_t)period;
		}
	}
	if (id == NO_NODE)
		id = trie_new(t, parent, step);
	if (!pair_map_put(&t->children, parent, step, id))
		t->failed = true;
	return id;
}

int trie_compare(const struct trie *t, uint32_t a, uint32_t b)
{
	const uint32_t a0 = a, b0 = b;
	const struct node *n = t->nodes;

	while (n[a].depth > n[b].depth)
		a = n[a].parent;
	while (n[b].depth > n[a].depth)
		b = n[b].parent;
	if (a == b)
		return n[a0].depth < n[b0].depth ? -1 : n[a0].depth > n[b0].depth;
	while (n[a].parent != n[b].parent) {
		a = n[a].parent;
		b = n[b].parent;
	}
	if (n[a].parent == NO_NODE)
		return a < b ? -1 : 1;	/* roots are made in their order */
	return strcmp(t->steps[n[a].step].text, t->steps[n[b].step].text);
}

/* -- Chains -------------------------------------------------------------- */

static void node_absorb(struct node *into, const struct node *from)
{
	for (int i = 0; i < NTYPES; i++) {
		into->own[i].objects += from->own[i].objects;
		into->own[i].bytes += from->own[i].bytes;
	}
	for (int i = 0; i < NENTRIES; i++)
		into->entries[i] += from->entries[i];
	into->array_used += from->array_used;
	into->array_slots += from->array_slots;
	into->hash_used += from->hash_used;
	into->hash_slots += from->hash_slots;
	into->slot_bytes += from->slot_bytes;
	into->payload += from->payload;
	into->lru_objects += from->lru_objects;
	into->lru_items += from->lru_items;
	into->lru_max += from->lru_max;
	into->idle += from->idle;
	into->weak |= from->weak;
	if (!into->source)
		into->source = from->source;
}

static void unlink_child(struct trie *t, uint32_t node)
{
	uint32_t *at = &t->nodes[t->nodes[node].parent].first_child;

	while (*at != node && *at != NO_NODE)
		at = &t->nodes[*at].next_sibling;
	if (*at == node)
		*at = t->nodes[node].next_sibling;
}

static void link_child(struct trie *t, uint32_t parent, uint32_t node)
{
	t->nodes[node].parent = parent;
	t->nodes[node].next_sibling = t->nodes[parent].first_child;
	t->nodes[parent].first_child = node;
}

static uint32_t find_child(const struct trie *t, uint32_t parent, uint32_t step)
{
	uint32_t c = t->nodes[parent].first_child;

	while (c != NO_NODE && t->nodes[c].step != step)
		c = t->nodes[c].next_sibling;
	return c;
}

/* Merge subtree `from` into `into`, pair by pair, without recursion. */
static bool merge_subtree(struct trie *t, uint32_t into, uint32_t from, uint32_t *became)
{
	struct addr_list work = {0};
	bool ok = addr_list_push(&work, (uint64_t)into << 32 | from);

	while (ok && work.count > 0) {
		uint64_t pair = work.list[--work.count];
		uint32_t a = (uint32_t)(pair >> 32), b = (uint32_t)pair, c;

		if (a == b)
			continue;
		unlink_child(t, b);
		node_absorb(&t->nodes[a], &t->nodes[b]);
		became[b] = a;
		while ((c = t->nodes[b].first_child) != NO_NODE) {
			uint32_t same = find_child(t, a, t->nodes[c].step);

			t->nodes[b].first_child = t->nodes[c].next_sibling;
			if (same == NO_NODE)
				link_child(t, a, c);
			else
				ok = addr_list_push(&work, (uint64_t)same << 32 | c) && ok;
		}
	}
	free(work.list);
	return ok;
}

static uint32_t chain_step(struct trie *t, const uint32_t *unit, uint32_t period)
{
	char text[CHAIN_MAX_PERIOD * (MAX_KEY * 6 + 64) + 8];
	size_t n = 0;

	text[n++] = '(';
	for (uint32_t i = 0; i < period; i++) {
		const struct step *s = &t->steps[t->nodes[unit[i]].step];

		memcpy(text + n, s->text, s->length);
		n += s->length;
	}
	text[n++] = ')';
	text[n++] = '+';
	return trie_step(t, text, n);
}

/* Fold the chain whose CHAIN_REPEATS repetitions end at `end`: all of them become the first. */
static bool fold_one(struct trie *t, uint32_t end, uint32_t *became)
{
	uint32_t period = t->nodes[end].chain, total = period * CHAIN_REPEATS, step;
	uint32_t on[CHAIN_MAX_PERIOD * CHAIN_REPEATS], base, node = end;

	for (uint32_t i = total; i-- > 0;) {
		if (node == NO_NODE)
			return true;	/* an outer chain folded it already */
		on[i] = node;
		node = t->nodes[node].parent;
	}
	base = node;
	if (base == NO_NODE)
		return true;
	for (uint32_t i = 0; i + period < total; i++)
		if (t->nodes[on[i]].step != t->nodes[on[i + period]].step)
			return true;
	step = chain_step(t, on, period);
	if (step == NO_STEP)
		return false;
	/* Take the repetitions apart before merging, so that none is its own descendant. */
	for (uint32_t i = 1; i < total; i++)
		unlink_child(t, on[i]);
	for (uint32_t i = 1; i < period; i++)
		link_child(t, on[i - 1], on[i]);
	for (uint32_t i = period; i < total; i++) {
		t->nodes[on[i]].parent = on[i % period];	/* no list holds it: unlink_child finds nothing */
		if (!merge_subtree(t, on[i % period], on[i], became))
			return false;
	}
	/* base(.x.y)+ is the end of the unit; what is inside the unit hangs below it. */
	if (period > 1) {
		uint32_t first = on[0], last = on[period - 1];

		unlink_child(t, last);
		unlink_child(t, first);
		link_child(t, base, last);
		link_child(t, last, first);
		t->nodes[last].step = step;
	} else {
		t->nodes[on[0]].step = step;
	}
	return true;
}

uint32_t *trie_fold_chains(struct trie *t)
{
	uint32_t *became = malloc((t->nnodes + 1) * sizeof(*became));

	if (!became)
		return NULL;
	for (uint32_t i = 0; i < t->nnodes; i++)
		became[i] = i;
	for (uint32_t i = 0; i < t->nnodes; i++) {
		if (t->nodes[i].chain && became[i] == i && !fold_one(t, i, became)) {
			free(became);
			return NULL;
		}
	}
	return became;
}
