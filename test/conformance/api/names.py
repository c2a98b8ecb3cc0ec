"""Lists the public names of the reference's asyncio, and of the two modules that go with it, by looking at them."""

import ast as _ast
import importlib as _importlib
import inspect as _inspect
import pkgutil as _pkgutil
import sys as _sys
import textwrap as _textwrap


def _kind(value):
    if isinstance(value, type):
        return 'exception' if issubclass(value, BaseException) else 'class'
    return 'function' if callable(value) else 'constant'


def _instance_attributes(cls):
    """Public attributes that methods of the class assign to `self`."""
    try:
        tree = _ast.parse(_textwrap.dedent(_inspect.getsource(cls)))
    except (OSError, TypeError):
        return []
    return [node.attr for node in _ast.walk(tree)
            if isinstance(node, _ast.Attribute) and isinstance(node.ctx, _ast.Store)
            and isinstance(node.value, _ast.Name) and node.value.id == 'self' and not node.attr.startswith('_')]


def _members(cls):
    found = set()
    for base in cls.__mro__:
        # What every object and every exception of Python has is no part of asyncio.
        if base.__module__ == 'builtins' or base is tuple:
            continue
        found.update(name for name in vars(base) if not name.startswith('_'))
        found.update(_instance_attributes(base))
    return sorted(found)


def _names_of(module):
    return [name for name in getattr(module, '__all__', ()) if hasattr(module, name)]


def _public_names(package_name):
    package = _importlib.import_module(package_name)
    homes = {name: (package_name, getattr(package, name)) for name in _names_of(package)}
    skipped = []
    for info in _pkgutil.iter_modules(getattr(package, '__path__', ())):
        if info.name.startswith('_'):
            continue
        full = f'{package_name}.{info.name}'
        try:
            module = _importlib.import_module(full)
        except ImportError as e:
            skipped.append({'module': full, 'why': str(e)})
            continue
        for name in _names_of(module):
            # A name that the package itself has not is known by the module that has it.
            homes.setdefault(name, (full, getattr(module, name)))
    names = []
    for name, (home, value) in sorted(homes.items(), key=lambda item: (item[1][0], item[0])):
        kind = _kind(value)
        entry = {'home': home, 'name': name, 'kind': kind}
        if kind in ('class', 'exception'):
            entry['members'] = _members(value)
        names.append(entry)
    return names, skipped


def public_names():
    names, skipped = [], []
    for package in ('asyncio', 'contextvars', 'concurrent.futures'):
        try:
            found, left_out = _public_names(package)
        except ImportError as e:
            skipped.append({'module': package, 'why': str(e)})
            continue
        names += found
        skipped += left_out
    return json.dumps({'version': _sys.version.split()[0], 'names': names, 'skipped': skipped})


public_names()
