/* The account of the string table: half of all objects, and scattered all over the heap. */
#include "account.h"

#include <pthread.h>

/* Names that mark.c looks for. */
static void note_name(struct vm *vm, const uint8_t *s, uint64_t addr)
{
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
	struct vm vm;			/* a copy: own tallies, own image cursor */
	struct image im;
	const uint8_t *anchors;
	uint64_t next, end;		/* buckets */
	uint64_t count;
	bool ok;
};

enum { LANES = 16, SHARES = 2 };

static uint64_t fetch_ahead(struct vm *vm, uint64_t ref)
{
	const uint8_t *p = ref ? at(vm, ref, STR_SIZE) : NULL;

	if (p)
		__builtin_prefetch(p);
	return ref;
}

/* The first string of the next chain that is not empty; 0 when there is none left. */
static uint64_t next_chain(struct string_share *s)
{
	while (s->next < s->end) {
		uint64_t ref = get_ref(s->anchors + s->next++ * REF) & ~UINT64_C(1);

		if (ref)
			return fetch_ahead(&s->vm, ref);
	}
	return 0;
}

/* One string, as account_one() but without asking what it is. ref becomes the next of its chain, or of another. */
static bool account_string(struct string_share *s, uint64_t *ref)
{
	const uint8_t *p = at(&s->vm, *ref, STR_SIZE);
	uint64_t size;

	if (!p || p[O_GCT] != T_STR || (*ref & 3))
		return vm_fail(&s->vm, "no string at 0x%llx in the string table", (unsigned long long)*ref);
	size = str_size(p);
	s->vm.accounted += size;
	s->count++;
	if (s->vm.accounted > s->vm.gc_total)
		return vm_fail(&s->vm, "strings exceed gc.total %llu", (unsigned long long)s->vm.gc_total);
	if (get_u32(p + STR_LEN) == 9)
		note_name(&s->vm, p, *ref);
	if (p[O_MARKED] & MARK_FIXED) {
		s->vm.fixed.objects++;
		s->vm.fixed.bytes += size;
	}
	*ref = fetch_ahead(&s->vm, get_ref(p + O_NEXTGC));
	if (*ref == 0)
		*ref = next_chain(s);
	return true;
}

static void *account_share(void *arg)
{
	struct string_share *s = arg;
	uint64_t lanes[LANES];
	int live = 0;

	while (live < LANES && (lanes[live] = next_chain(s)) != 0)
		live++;
	while (live > 0) {
		for (int i = 0; i < live; i++) {
			if (!account_string(s, &lanes[i]))
				return NULL;
			if (lanes[i] == 0)
				lanes[i--] = lanes[--live];
		}
	}
	s->ok = true;
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
		s->im = *vm->im;
		s->vm = (struct vm){.im = &s->im, .layout = vm->layout, .L = vm->L, .g = vm->g, .gc_total = vm->gc_total};
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
