/* What full collections would keep, and on which path. */
#ifndef HW_MARKER_H
#define HW_MARKER_H

#include "paths/adders.h"
#include "paths/cdata.h"
#include "paths/definitions.h"
#include "malloc/garbage.h"
#include "paths/graph.h"
#include "sizes/string-sizes.h"
#include "malloc/holders.h"
#include "paths/trie.h"

/* Names what a light userdata key points at, e.g. "ngx_http_lua_coroutines_key" or "module+0x1f". Returns its length, 0: nothing known. */
typedef size_t (*name_address_fn)(void *context, uint64_t address, char *to, size_t room);

/* The last step of the path of what a thread has on its stack. */
#define STACK_STEP ".<stack>"

struct proof;

struct marking {
	bool want_retained;		/* in: record the graph */
	bool want_details;		/* in: what is free in the allocator, and strings by size, are to be written */
	uint64_t bulk_from;		/* in: references of one path from which on they are marked in bulk; 0: BULK_FROM */
	struct holders *holders;	/* in: who takes what of malloc; NULL: not asked for */
	struct garbage garbage;		/* what of malloc unreachable objects hold */
	struct graph graph;
	struct trie trie;
	struct cdata_kinds cdata;
	struct definitions definitions;
	struct adders adders;
	struct classes classes;
	struct tally reachable[NTYPES];
	struct string_sizes strings;
	struct tally finalizable;	/* unreachable, but a finalizer holds them */
	struct tally fixed;		/* pinned strings that no path reaches */
	uint32_t passes;		/* until weak tables were stable */
};

/*
** Mark a VM, whose account may go on meanwhile (proof; NULL where it is done). The image is changed: marks, and path
** numbers in fields that only the collector uses. Returns false with vm->error set where the heap can't be followed.
*/
bool marker_run64(struct vm *vm, struct marking *out, struct proof *proof, name_address_fn name_address, void *context);
bool marker_run32(struct vm *vm, struct marking *out, struct proof *proof, name_address_fn name_address, void *context);
bool marker_run64_2017(struct vm *vm, struct marking *out, struct proof *proof, name_address_fn name_address, void *context);
bool marker_run32_2017(struct vm *vm, struct marking *out, struct proof *proof, name_address_fn name_address, void *context);

static inline bool marker_run(struct vm *vm, struct marking *out, struct proof *proof, name_address_fn name_address, void *context)
{
	return VARIANT_FOR(vm->layout, marker_run)(vm, out, proof, name_address, context);
}

static inline void marking_free(struct marking *m)
{
	trie_free(&m->trie);
	graph_free(&m->graph);
	cdata_free(&m->cdata);
	garbage_free(&m->garbage);
	definitions_free(&m->definitions);
	adders_free(&m->adders);
	classes_free(&m->classes);
}

#endif
