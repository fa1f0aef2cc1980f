/* One Lua VM (global_State) inside an image, and what is known about its heap. */
#ifndef HW_VM_H
#define HW_VM_H

#include "base/addr-list.h"
#include "base/tally.h"
#include "image/image.h"
#include "luajit/layout.h"

enum { NTYPES = 9 };		/* string upvalue thread proto function trace cdata table userdata: gct - T_STR */
extern const char *const vm_type_names[NTYPES];

/* Parts of gc.total that are no object. */
struct internals {
	uint64_t global_state, string_table, tmpbuf, lightud_segments, ctypes, ir_buffer, snap_buffers, trace_table;
};

/* GCState: where the VM's own collector is, and when it goes on. */
struct collector {
	unsigned state;				/* GCSpause .. GCSfinalize */
	uint64_t threshold, estimate, debt;	/* bytes */
	uint32_t pause, stepmul;		/* percent */
};

struct vm {
	struct image *im;
	const struct layout *layout;
	struct raddr L, g;
	unsigned mainthref;		/* with the distance of L and g, what tells builds apart */
	bool gc64;
	char label[24];
	bool proven;			/* the gc.total equation holds */
	/* filled by its account, proof.h */
	uint64_t gc_total, accounted;
	struct collector collector;
	struct tally total[NTYPES];
	struct tally fixed;		/* pinned strings */
	struct internals internals;
	uint32_t ctype_top;
	uint64_t mcode;
	struct addr_list finalizable;	/* userdata with __gc, cdata with a finalizer */
	struct addr_list foreign;	/* all cdata and userdata, dead ones too, in the same order: what may point out of the heap */
	bool on_malloc;			/* its memory is malloc's, not that of LuaJIT's allocator */
	char error[160];		/* why the account failed; empty when it balances */
};

struct vm_list {
	struct vm *list;
	size_t count, room;
};

/*
** Every VM in the image. Where one row alone has its size it has that row and is still to be proven; else the row
** is the one under which the gc.total equation holds. A candidate that looks like a main thread but balances under
** no row is put in `refused` with its fingerprint, and without a layout where no row has its size.
** Returns 0, or -1 when memory runs out.
*/
int vm_find(struct image *im, struct vm_list *found, struct vm_list *refused);
/* Say in vm->error by its fingerprint what is refused, and why. */
void vm_refuse(struct vm *vm, const char *why);
void vm_list_free(struct vm_list *l);

/* Say in vm->error why the account failed. Returns false. */
bool vm_fail(struct vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
