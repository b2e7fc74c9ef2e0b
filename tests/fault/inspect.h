/* inspect.h: what the two files of the inspector share. */
#ifndef FAULT_INSPECT_H
#define FAULT_INSPECT_H

/* Ends the child with its finding: a word and one line. */
_Noreturn void fault_finish(const char *word, const char *what);

/* The request "answers" (inspect.c). */
_Noreturn void fault_answers(const char *dir, const char *questions);

#endif
