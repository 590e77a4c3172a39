/* SPDX-License-Identifier: MIT */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <sqlite3.h>

static PyObject *version(PyObject *self, PyObject *ignored)
{
    return PyUnicode_FromString(sqlite3_libversion());
}

static PyMethodDef methods[] = {
    {"version", version, METH_NOARGS, "Version of the SQLite that is loaded."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "links_sqlite", NULL, 0, methods,
};

PyMODINIT_FUNC PyInit_links_sqlite(void)
{
    return PyModuleDef_Init(&module);
}
