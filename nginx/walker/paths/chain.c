/*
** Chains: while the heap is walked, a step that goes on repeating links back; once all of it is known, the repetitions
** fold into one.
*/
#include "paths/chain.h"

#include <stdlib.h>
#include <string.h>

enum { CHAIN_REPEATS = 3, CHAIN_MAX_PERIOD = 4 };

/* -- While the heap is walked -------------------------------------------- */

/* The k-th ancestor; NO_NODE above the root. */
static uint32_t ancestor(const struct trie *t, uint32_t node, uint32_t k)
{
	while (k-- > 0 && node != NO_NODE)
		node = t->nodes[node].parent;
	return node;
}

/* Do the last CHAIN_REPEATS * period steps that end at node repeat the same steps? */
static bool chain_repeats(const struct trie *t, uint32_t node, uint32_t period)
{
	uint32_t ahead = node, behind = ancestor(t, node, period);

	if (t->nodes[node].depth < period * CHAIN_REPEATS)
		return false;
	for (uint32_t i = 0; i < period * (CHAIN_REPEATS - 1); i++) {
		if (behind == NO_NODE || t->nodes[ahead].step != t->nodes[behind].step)
			return false;
		ahead = t->nodes[ahead].parent;
		behind = t->nodes[behind].parent;
	}
	return true;
}

uint32_t chain_link(struct trie *t, uint32_t node, uint32_t step)
{
	for (uint32_t period = 1; period <= CHAIN_MAX_PERIOD && t->nodes[node].depth >= period * CHAIN_REPEATS; period++) {
		const uint32_t first = ancestor(t, node, period - 1);

		if (t->nodes[first].step == step && chain_repeats(t, node, period)) {
			t->nodes[node].chain = (uint8_t)period;
			return first;
		}
	}
	return NO_NODE;
}

bool chain_may_link(const struct trie *t, uint32_t node)
{
	for (uint32_t period = 1; period <= CHAIN_MAX_PERIOD; period++)
		if (chain_repeats(t, node, period))
			return true;
	return false;
}

/* -- Folding ------------------------------------------------------------- */

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
		trie_absorb(&t->nodes[a], &t->nodes[b]);
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

/* The step (.x.y)+ of a chain whose unit ends in these nodes. Units can hold chains, so there is no telling how long it gets. */
static uint32_t chain_step(struct trie *t, const uint32_t *unit, uint32_t period)
{
	size_t length = 3, n = 0;
	uint32_t step;
	char *text;

	for (uint32_t i = 0; i < period; i++)
		length += t->steps[t->nodes[unit[i]].step].length;
	text = malloc(length);
	if (!text)
		return NO_STEP;
	text[n++] = '(';
	for (uint32_t i = 0; i < period; i++) {
		const struct step *s = &t->steps[t->nodes[unit[i]].step];

		memcpy(text + n, s->text, s->length);
		n += s->length;
	}
	text[n++] = ')';
	text[n++] = '+';
	step = trie_step(t, text, n);
	free(text);
	return step;
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

uint32_t *chain_fold_all(struct trie *t)
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
