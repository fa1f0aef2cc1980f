/* Why something failed, with the exit code that says of which kind it is. */
#ifndef HW_ERROR_H
#define HW_ERROR_H

enum exit_code {
	EXIT_OK = 0,
	EXIT_USAGE = 2,
	EXIT_CANNOT_READ = 3,
	EXIT_UNKNOWN_BUILD = 4,
	EXIT_NOT_EXACT = 5,
};

struct error {
	enum exit_code code;
	char text[512];
};

/* Fill in an error; returns -1 for the caller to return. */
int error_set(struct error *e, enum exit_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
