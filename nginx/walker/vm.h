/* One Lua VM (global_State) inside an image, and what is known about its heap. */
#ifndef HW_VM_H
#define HW_VM_H

#include "image.h"
#include "layout.h"

enum { NTYPES = 9 };		/* string upvalue thread proto function trace cdata table userdata: gct - T_STR */
extern const char *const type_names[NTYPES];

struct tally {
	uint64_t objects, bytes;
};

struct addr_list {
	uint64_t *list;
	size_t count, room;
};

/* Parts of gc.total that are no object. */
struct internals {
	uint64_t global_state, string_table, tmpbuf, lightud_segments, ctypes, ir_buffer, snap_buffers, trace_table;
};

struct vm {
	struct image *im;
	const struct layout *layout;
	struct raddr L, g;
	char label[24];
	/* filled by vm_account() */
	uint64_t gc_total, accounted;
	struct tally total[NTYPES];
	struct tally fixed;		/* pinned strings */
	struct internals internals;
	uint32_t ctype_top;
	uint64_t mcode;
	struct addr_list finalizable;	/* userdata with __gc, cdata with a finalizer */
	uint64_t key_max_items, key_num_items;	/* the strings that name a resty.lrucache's fields; 0: not in the heap */
	char error[160];		/* why the account failed; empty when it balances */
};

struct vm_list {
	struct vm *list;
	size_t count, room;
};

bool addr_list_push(struct addr_list *l, uint64_t a);

/*
** Every VM in the image, each proven by the gc.total equation. A candidate that looks like a main thread but
** balances under no row is put in `refused` with its fingerprint, and without a layout where no row has its size.
** Returns 0, or -1 when memory runs out.
*/
int vm_find(struct image *im, struct vm_list *found, struct vm_list *refused);
void vm_list_free(struct vm_list *l);

/* Say in vm->error why the account failed. Returns false. */
bool vm_fail(struct vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The gc.total equation. True if it holds: every object readable, sum == gc.total, string count equal. */
bool vm_account64(struct vm *vm);
bool vm_account32(struct vm *vm);
bool vm_account64_2017(struct vm *vm);
bool vm_account32_2017(struct vm *vm);

static inline bool vm_account(struct vm *vm)
{
	switch (vm->layout->objects) {
	case OBJECTS_GC64: return vm_account64(vm);
	case OBJECTS_GC32: return vm_account32(vm);
	case OBJECTS_2017_GC64: return vm_account64_2017(vm);
	default: return vm_account32_2017(vm);
	}
}

#endif
