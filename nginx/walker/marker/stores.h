/*
** Which lines add to what is at each path: what functions store into (flow.h), looked up in the heap. A line is told for the
** very table, field or upvalue that its code leads to, not for another of that name. Compiled once per variant of object.h.
*/
#ifndef HW_STORES_H
#define HW_STORES_H

#include "luajit/heap.h"
#include "paths/adders.h"

#define stores_note_function VARIANT(stores_note_function)
#define stores_note_object VARIANT(stores_note_object)
#define stores_find VARIANT(stores_find)
#define stores_clear VARIANT(stores_clear)

/* A table at a path, which has a metatable. */
struct instance {
	uint64_t metatable;
	const uint8_t *object;
};

/* What marking comes by that matters here. */
struct stores {
	const uint8_t **functions;	/* a few of each prototype */
	size_t nfunctions, functions_room;
	struct pair_map per_proto;	/* how many */
	struct instance *instances;	/* one for each metatable and path */
	size_t ninstances, instances_room;
	struct pair_map known;		/* (metatable, path) */
};

/* The path of a reached object whose copy is at p. */
typedef uint32_t (*object_path_fn)(const void *context, const uint8_t *p);

/* Each is false when memory ran out. */
bool stores_note_function(struct stores *s, const uint8_t *function, uint64_t proto);
bool stores_note_object(struct stores *s, const uint8_t *object, uint64_t metatable, uint32_t node);
bool stores_find(const struct stores *s, const struct vm *vm, const struct trie *paths, object_path_fn path_of, const void *context,
		 struct adders *found);
void stores_clear(struct stores *s);

#endif
