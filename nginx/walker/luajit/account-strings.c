/* The account of the string table: half of all objects, and scattered all over the heap. */
#include "luajit/account.h"

#include <stdio.h>

/* Chains walked in turn, each fetched ahead while the others are looked at. */
enum { LANES = 16, SLICE = 1 << 14 /* buckets */ };

/* Returns NULL, the end of a chain. */
static const uint8_t *fail(struct string_table *t, struct string_share *s, const char *what, uint64_t ref)
{
	snprintf(s->error, sizeof(s->error), "%s at 0x%llx in the string table", what, (unsigned long long)ref);
	__atomic_store_n(&t->failed, true, __ATOMIC_RELAXED);
	return NULL;
}

/* The copy of the string at ref, on its way into the cache. */
static const uint8_t *fetch_ahead(const struct vm *vm, struct string_table *t, struct string_share *s, uint64_t ref)
{
	const uint8_t *p = heap_at(vm, ref, STR_SIZE);

	if (!p || (ref & 3))
		return fail(t, s, "no string", ref);
	__builtin_prefetch(p);
	__builtin_prefetch(p + STR_LEN);	/* one string in four begins at the end of a cache line */
	return p;
}

static bool next_slice(struct string_table *t, struct string_share *s)
{
	s->at = __atomic_fetch_add(&t->next, SLICE, __ATOMIC_RELAXED);
	if (s->at >= t->buckets || __atomic_load_n(&t->failed, __ATOMIC_RELAXED))
		return false;
	s->end = s->at + SLICE < t->buckets ? s->at + SLICE : t->buckets;
	return true;
}

/* The first string of the next chain that is not empty; NULL when there is none left. */
static const uint8_t *next_chain(const struct vm *vm, struct string_table *t, struct string_share *s)
{
	while (s->at < s->end || next_slice(t, s)) {
		uint64_t ref = get_ref(t->anchors + s->at++ * REF) & ~UINT64_C(1);

		if (ref)
			return fetch_ahead(vm, t, s, ref);
	}
	s->end = 0;
	return NULL;
}

/* One string, as account_one() but without asking what it is. Returns the next of its chain, or of another. */
static const uint8_t *account_string(const struct vm *vm, struct string_table *t, struct string_share *s, const uint8_t *p)
{
	uint64_t size = object_str_size(p), next = get_ref(p + O_NEXTGC);

	s->sum.objects++;
	s->sum.bytes += size;
	if (p[O_GCT] != T_STR)
		return fail(t, s, "an object that is no string", next);
	if (s->sum.bytes > vm->gc_total)
		return fail(t, s, "more strings than gc.total", next);
	if (get_marked(p) & MARK_FIXED) {
		s->fixed.objects++;
		s->fixed.bytes += size;
	}
	return next ? fetch_ahead(vm, t, s, next) : next_chain(vm, t, s);
}

void account_strings(const struct vm *vm, struct string_table *t, struct string_share *s)
{
	const uint8_t *lanes[LANES];
	int live = 0;

	while (live < LANES && (lanes[live] = next_chain(vm, t, s)))
		live++;
	while (live > 0 && !s->error[0]) {
		for (int i = 0; i < live && !s->error[0]; i++) {
			lanes[i] = account_string(vm, t, s, lanes[i]);
			if (!lanes[i])
				lanes[i--] = lanes[--live];
		}
	}
}
