/* What the cdata at each path are: C type and finalizer, with counts. */
#ifndef HW_CDATA_H
#define HW_CDATA_H

#include "base/line.h"
#include "paths/trie.h"

/* Something that frees a cdata, by what is the same for all closures of one function. */
struct finalizer {
	uint32_t type;		/* of the value: T_* of object.h */
	uint64_t address;	/* of the object; of a Lua function its prototype, of a C function its code */
};

/* Cdata of one type with one finalizer at one path. */
struct cdata_kind {
	uint32_t node;			/* first, see path-list.h */
	uint32_t type, finalizer;	/* CTypeID and 1 + index in finalizers (0: none); steps of `names` once they are named (NO_STEP: none) */
	uint64_t objects;
	struct tally malloc;		/* what unreachable ones hold of malloc, see garbage.h */
};

struct cdata_kinds {
	struct cdata_kind *list;
	uint32_t count;
	size_t room;
	struct pair_map index;		/* (node, type and finalizer) -> list */
	uint32_t last;			/* of the list: neighbours are alike */
	struct finalizer *finalizers;
	uint32_t nfinalizers;
	size_t finalizers_room;
	struct pair_map finalizer_index;	/* (type, address) -> finalizers */
	uint32_t usual_finalizer;	/* 1 + index: of cdata with a finalizer that are not in finalizer_of */
	struct pair_map finalizer_of;	/* address of a cdata -> 1 + index */
	bool has_finalizers;		/* the table of ffi.gc() was read */
	struct trie names;		/* only as an interner */
};

/* Kinds of garbage that are no cdata: what stands in place of a CTypeID, which has 16 bits, and of a finalizer's number. */
enum { KIND_USERDATA = 1 << 16, KIND_METAMETHOD = NO_VALUE - 1 };

/* Count one object, or with sign -1 take it away. False when memory ran out. */
bool cdata_count(struct cdata_kinds *k, uint32_t node, uint32_t type, uint32_t finalizer, int64_t sign);
/* 1 + the index of a finalizer; 0 when memory ran out. */
uint32_t cdata_finalizer(struct cdata_kinds *k, struct finalizer f);
/* Forget what was counted, but keep the finalizers. */
void cdata_clear(struct cdata_kinds *k);
void cdata_free(struct cdata_kinds *k);

/* Once named and the chains folded (became; NULL: none of them has a path): take kinds of one name together, by path, the most objects first. */
void cdata_settle(struct cdata_kinds *k, const uint32_t *became);
/* Write the name that a kind's type or finalizer got; null for none. */
void cdata_name(struct line *l, const struct trie *names, uint32_t step);
/* Write ,"ct":[["struct foo","gc.lua:12",3],...] for a path that has cdata. */
void cdata_write(struct line *l, const struct cdata_kinds *k, uint32_t node);

#endif
