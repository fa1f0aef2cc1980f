/* The account of the string table: half of all objects, and scattered all over the heap. */
#include "account.h"

#include <pthread.h>

/* Names that mark.c looks for. */
static void note_name(struct vm *vm, const uint8_t *s)
{
	uint64_t addr = image_address(vm->im, s);

	if (!at(vm, addr, STR_SIZE + 9))
		return;
	if (memcmp(s + STR_SIZE, "max_items", 9) == 0)
		vm->key_max_items = addr;
	else if (memcmp(s + STR_SIZE, "num_items", 9) == 0)
		vm->key_num_items = addr;
}

/*
** A share of the string table, with tallies of its own: the chains are scattered all over the heap, so several are
** walked in turn, each fetched ahead while the others are looked at, and the halves of the table by two threads.
*/
struct string_share {
	struct vm vm;			/* a copy: own tallies */
	const uint8_t *anchors;
	uint64_t next, end;		/* buckets */
	uint64_t count;
	bool ok;
};

enum { LANES = 16, SHARES = 2 };

/* The copy of the string at ref, on its way into the cache; NULL, with the error set, where there is none. */
static const uint8_t *fetch_ahead(struct string_share *s, uint64_t ref)
{
	const uint8_t *p = at(&s->vm, ref, STR_SIZE);

	if (!p || (ref & 3)) {
		vm_fail(&s->vm, "no string at 0x%llx in the string table", (unsigned long long)ref);
		s->ok = false;
		return NULL;
	}
	__builtin_prefetch(p);
	__builtin_prefetch(p + STR_LEN);	/* one string in four begins at the end of a cache line */
	return p;
}

/* The first string of the next chain that is not empty; NULL when there is none left. */
static const uint8_t *next_chain(struct string_share *s)
{
	while (s->next < s->end) {
		uint64_t ref = get_ref(s->anchors + s->next++ * REF) & ~UINT64_C(1);

		if (ref)
			return fetch_ahead(s, ref);
	}
	return NULL;
}

/* One string, as account_one() but without asking what it is. Returns the next of its chain, or of another. */
static const uint8_t *account_string(struct string_share *s, const uint8_t *p)
{
	uint64_t size = str_size(p), next = get_ref(p + O_NEXTGC);

	s->vm.accounted += size;
	s->count++;
	if (p[O_GCT] != T_STR || s->vm.accounted > s->vm.gc_total) {
		vm_fail(&s->vm, p[O_GCT] != T_STR ? "an object that is no string in the string table" : "strings exceed gc.total");
		s->ok = false;
		return NULL;
	}
	if (get_u32(p + STR_LEN) == 9)
		note_name(&s->vm, p);
	if (p[O_MARKED] & MARK_FIXED) {
		s->vm.fixed.objects++;
		s->vm.fixed.bytes += size;
	}
	return next ? fetch_ahead(s, next) : next_chain(s);
}

static void *account_share(void *arg)
{
	struct string_share *s = arg;
	const uint8_t *lanes[LANES];
	int live = 0;

	s->ok = true;
	while (live < LANES && (lanes[live] = next_chain(s)))
		live++;
	while (live > 0 && s->ok) {
		for (int i = 0; i < live && s->ok; i++) {
			lanes[i] = account_string(s, lanes[i]);
			if (!lanes[i])
				lanes[i--] = lanes[--live];
		}
	}
	return NULL;
}

static void add_share(struct vm *vm, const struct string_share *s)
{
	const unsigned str = 0;

	vm->total[str].objects += s->count;
	vm->total[str].bytes += s->vm.accounted;
	vm->accounted += s->vm.accounted;
	vm->fixed.objects += s->vm.fixed.objects;
	vm->fixed.bytes += s->vm.fixed.bytes;
	if (s->vm.key_max_items)
		vm->key_max_items = s->vm.key_max_items;
	if (s->vm.key_num_items)
		vm->key_num_items = s->vm.key_num_items;
	if (!s->ok)
		memcpy(vm->error, s->vm.error, sizeof(vm->error));
}

bool account_strings(struct vm *vm, const uint8_t *g)
{
	uint64_t table = get_ref(g + G_STRTAB), count = 0;
	uint32_t mask = get_u32(g + G_STRMASK);
	const uint8_t *anchors = at(vm, table, ((uint64_t)mask + 1) * REF);
	struct string_share shares[SHARES];
	pthread_t threads[SHARES];
	bool ok = true;

	if (!anchors || (mask & (mask + 1)))
		return vm_fail(vm, "bad string table");
	for (unsigned i = 0; i < SHARES; i++) {
		struct string_share *s = &shares[i];

		memset(s, 0, sizeof(*s));
		s->vm = (struct vm){.im = vm->im, .layout = vm->layout, .L = vm->L, .g = vm->g, .gc_total = vm->gc_total};
		s->anchors = anchors;
		s->next = ((uint64_t)mask + 1) * i / SHARES;
		s->end = ((uint64_t)mask + 1) * (i + 1) / SHARES;
		threads[i] = 0;
		if (i + 1 == SHARES || mask < 1 << 16 || pthread_create(&threads[i], NULL, account_share, s) != 0) {
			threads[i] = 0;
			account_share(s);
		}
	}
	for (unsigned i = 0; i < SHARES; i++) {
		if (threads[i])
			pthread_join(threads[i], NULL);
		add_share(vm, &shares[i]);
		count += shares[i].count;
		ok = ok && shares[i].ok;
	}
	if (ok && count != get_u32(g + G_STRNUM))
		return vm_fail(vm, "%llu strings found, %u counted by the VM", (unsigned long long)count, get_u32(g + G_STRNUM));
	vm->internals.string_table = ((uint64_t)mask + 1) * REF;
	return ok;
}
