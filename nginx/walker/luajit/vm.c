/*
** Finding VMs without symbols. A main thread points at its global_State, which points
** back; a row of layout.c is accepted only if the gc.total equation holds under it (proof.h).
*/
#include "luajit/proof.h"
#define GC64 1
#include "luajit/object.h"
#include "base/page.h"
#include "base/list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	MSTATE_HEAD = 8,		/* lj_alloc's malloc_state is the first chunk of its first segment */
	MIN_MAIN_THREAD = 64,
	MIN_GG_STATE = 4096, MAX_GG_STATE = 16384,
};

const char *const vm_type_names[NTYPES] = {"string", "upvalue", "thread", "proto", "function", "trace", "cdata", "table",
					"userdata"};

bool vm_fail(struct vm *vm, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(vm->error, sizeof(vm->error), format, args);
	va_end(args);
	return false;
}

static struct vm *vm_list_push(struct vm_list *l, const struct vm *vm)
{
	if (!LIST_HAS_ROOM(l->list, l->count, l->room))
		return NULL;
	l->list[l->count] = *vm;
	return &l->list[l->count++];
}

static void vm_free_lists(struct vm *vm)
{
	free(vm->finalizable.list);
	free(vm->foreign.list);
	memset(&vm->finalizable, 0, sizeof(vm->finalizable));
	memset(&vm->foreign, 0, sizeof(vm->foreign));
}

void vm_list_free(struct vm_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		vm_free_lists(&l->list[i]);
	free(l->list);
	memset(l, 0, sizeof(*l));
}

/* -- Candidates ---------------------------------------------------------- */

/* Offsets of the fields that prove a main thread, in either reference width. */
struct shape {
	unsigned ref, marked, gct, ffid, glref, total, state, strempty, str_len, strtab, strmask, mainthref;
	unsigned sizes[2];		/* sizeof(lua_State) of the two forks */
	bool old;			/* OBJECTS_2017_* */
};

static const struct shape shapes[] = {
	{8, 8, 9, 10, 16, 16, 33, 120, 20, 152, 160, 192, {112, 96}, false},
	{4, 4, 5, 6, 8, 16, 25, 76, 16, 104, 112, 140, {80, 64}, false},
	{8, 8, 9, 10, 16, 32, 49, 168, 16, 0, 8, 200, {104, 96}, true},
	{4, 4, 5, 6, 8, 32, 41, 108, 12, 0, 8, 128, {72, 64}, true},
	{4, 4, 5, 6, 8, 32, 41, 112, 12, 0, 8, 132, {64, 64}, true},	/* patched_2017 */
};

static uint64_t shape_ref(const struct shape *s, const uint8_t *p)
{
	return s->ref == 8 ? get_u64(p) : get_u32(p);
}

/* Does L look like a main thread? lua_state gets sizeof(lua_State). */
static bool looks_like_main_thread(struct image *im, uint64_t L, const struct shape *s, unsigned *lua_state)
{
	const uint8_t *p = image_at(im, raddr(L), MIN_MAIN_THREAD);
	const uint8_t *g;
	uint64_t size;
	uint32_t mask;

	if (!p || p[s->gct] != T_THREAD || (p[s->marked] & MARK_FIXED) != MARK_FIXED || p[s->ffid] != 1)
		return false;
	size = shape_ref(s, p + s->glref) - L;
	if (size != s->sizes[0] && size != s->sizes[1])
		return false;
	g = image_at(im, raddr(L + size), s->mainthref + 8);
	if (!g || shape_ref(s, g + s->mainthref) != L || g[s->state] > 5)
		return false;
	mask = get_u32(g + s->strmask);
	if ((mask & (mask + 1)) || g[s->strempty + s->gct] != T_STR || get_u32(g + s->strempty + s->str_len) != 0)
		return false;
	*lua_state = (unsigned)size;
	return true;
}

static bool already_known(const struct vm_list *l, uint64_t L)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->list[i].L.a == L)
			return true;
	return false;
}

/* sizeof(GG_State) as the head of the allocator's chunk has it; 0 where another allocator left no such thing there. */
static uint64_t gg_state_size(struct image *im, uint64_t L)
{
	const uint8_t *head = image_at(im, raddr(L - 8), 8);
	uint64_t chunk = head ? get_u64(head) & ~UINT64_C(7) : 0;

	return chunk > MIN_GG_STATE && chunk < MAX_GG_STATE ? chunk - 8 : 0;
}

void vm_refuse(struct vm *vm, const char *why)
{
	char text[sizeof(vm->error)];

	snprintf(text, sizeof(text), "lua_State %llu, GG_State %llu, mainthref %u, %s%s%.90s", (unsigned long long)(vm->g.a - vm->L.a),
		 (unsigned long long)gg_state_size(vm->im, vm->L.a), vm->mainthref, vm->gc64 ? "gc64" : "gc32", *why ? ": " : "", why);
	memcpy(vm->error, text, sizeof(text));
}

/* A row of this fork and width. */
static bool row_fits(const struct layout *l, const struct vm *vm, const struct shape *s)
{
	return layout_gc64(l) == vm->gc64 && (l->objects >= OBJECTS_2017_GC64) == s->old && l->lua_state == vm->g.a - vm->L.a &&
	       l->mainthref == s->mainthref;
}

/* The row whose sizeof(GG_State) the allocator's chunk head confirms; *count of them. */
static const struct layout *row_by_head(const struct vm *vm, const struct shape *s, size_t *count)
{
	const uint64_t gg_state = gg_state_size(vm->im, vm->L.a);
	const struct layout *row = NULL;

	*count = 0;
	for (size_t i = 0; i < layout_count; i++) {
		if (row_fits(&layouts[i], vm, s) && layouts[i].gg_state == gg_state) {
			row = &layouts[i];
			++*count;
		}
	}
	return row;
}

/* The equation decides: first under the rows that the chunk head confirms, then under the others. */
static bool row_by_proof(struct vm *vm, const struct shape *s)
{
	const uint64_t gg_state = gg_state_size(vm->im, vm->L.a);
	char first_error[sizeof(vm->error)] = "";

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < layout_count; i++) {
			struct proof proof;

			if (!row_fits(&layouts[i], vm, s) || (layouts[i].gg_state == gg_state) != (pass == 0))
				continue;
			vm->layout = &layouts[i];
			proof_start(&proof, vm);
			vm->proven = proof_end(&proof, vm);
			if (vm->proven)
				return true;
			if (!first_error[0])
				memcpy(first_error, vm->error, sizeof(first_error));
		}
	}
	memcpy(vm->error, first_error, sizeof(first_error));
	return false;
}

/* Give the candidate its row, or refuse it. */
static int vm_choose(struct vm *vm, const struct shape *s, struct vm_list *found, struct vm_list *refused)
{
	size_t count;

	vm->layout = row_by_head(vm, s, &count);
	if (count == 1 || row_by_proof(vm, s))
		return vm_list_push(found, vm) ? 0 : -1;
	vm_free_lists(vm);
	if (count == 0 && gg_state_size(vm->im, vm->L.a))
		vm->layout = NULL;	/* of another size than any row: what did not balance under those says nothing */
	vm_refuse(vm, vm->layout ? vm->error : "");
	return vm_list_push(refused, vm) ? 0 : -1;
}

static int vm_try(struct image *im, uint64_t L, struct vm_list *found, struct vm_list *refused)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct shape *s = &shapes[i];
		unsigned lua_state;

		if (looks_like_main_thread(im, L, s, &lua_state) && !already_known(found, L) && !already_known(refused, L)) {
			struct vm vm = {.im = im, .L = raddr(L), .g = raddr(L + lua_state), .mainthref = s->mainthref, .gc64 = s->ref == 8};

			return vm_choose(&vm, s, found, refused);
		}
	}
	return 0;
}

/* -- Search -------------------------------------------------------------- */

/* lj_alloc starts a page with its malloc_state; GG_State is the next chunk. */
static int find_by_allocator(struct image *im, struct vm_list *found, struct vm_list *refused)
{
	for (size_t r = 0; r < im->nregions; r++) {
		const struct region *reg = &im->regions[r];

		for (uint64_t page = reg->start; page + PAGE <= reg->end; page += PAGE) {
			const uint8_t *p = reg->copy + (page - reg->start);
			uint64_t size = get_u64(p + MSTATE_HEAD) & ~UINT64_C(7);

			if (size != 0x370 && size != 0x368)	/* with and without a PRNG */
				continue;
			if (vm_try(im, page + size + 2 * MSTATE_HEAD, found, refused) != 0)
				return -1;
		}
	}
	return 0;
}

/* Builds on another allocator: any aligned word may start a main thread. */
static int find_anywhere(struct image *im, struct vm_list *found, struct vm_list *refused)
{
	for (size_t r = 0; r < im->nregions; r++) {
		const struct region *reg = &im->regions[r];

		for (uint64_t a = reg->start; a + MIN_MAIN_THREAD <= reg->end; a += 8)
			if (vm_try(im, a, found, refused) != 0)
				return -1;
	}
	return 0;
}

int vm_find(struct image *im, struct vm_list *found, struct vm_list *refused)
{
	if (find_by_allocator(im, found, refused) != 0)
		return -1;
	if (found->count == 0 && refused->count == 0)
		return find_anywhere(im, found, refused);
	return 0;
}
