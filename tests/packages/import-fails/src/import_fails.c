/* SPDX-License-Identifier: MIT */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyMODINIT_FUNC PyInit_import_fails(void)
{
    PyErr_SetString(PyExc_ImportError, "this module never imports");
    return NULL;
}
