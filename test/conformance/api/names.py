"""Lists the public names of the reference's asyncio, and of the two modules that go with it, by looking at them."""

import ast as _ast
import importlib as _importlib
import importlib.util as _importlib_util
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


def _listed(module_name):
    """What a module's source puts into `__all__`, on every platform, each with its definition if it has one there."""
    spec = _importlib_util.find_spec(module_name)
    source = spec.loader.get_source(module_name) if spec and hasattr(spec.loader, 'get_source') else None
    if source is None:
        return {}
    tree = _ast.parse(source)
    defined = {node.name: node for node in _ast.walk(tree)
               if isinstance(node, (_ast.ClassDef, _ast.FunctionDef, _ast.AsyncFunctionDef))}
    found = {}
    for node in _ast.walk(tree):
        targets = node.targets if isinstance(node, _ast.Assign) else [node.target] if isinstance(node, _ast.AugAssign) else []
        if any(isinstance(t, _ast.Name) and t.id == '__all__' for t in targets):
            for item in _ast.walk(node.value):
                if isinstance(item, _ast.Constant) and isinstance(item.value, str):
                    found[item.value] = defined.get(item.value)
    return found


def _entry(home, name, value, definition):
    if value is not None or definition is None:
        kind = _kind(value)
        members = _members(value) if kind in ('class', 'exception') else []
    else:
        # Not to be had on this platform: all there is is the source.
        kind = 'class' if isinstance(definition, _ast.ClassDef) else 'function'
        members = sorted({node.name for node in getattr(definition, 'body', ())
                          if isinstance(node, (_ast.FunctionDef, _ast.AsyncFunctionDef)) and not node.name.startswith('_')}
                         ) if kind == 'class' else []
    abstract = [m for m in members if _is_abstract(value, m)]
    return {'home': home, 'name': name, 'kind': kind, 'members': members, 'abstract': abstract}


def _is_abstract(cls, member):
    """Whether a loop class has a method only from the abstract loop, where it raises NotImplementedError."""
    base = asyncio.AbstractEventLoop
    return isinstance(cls, type) and issubclass(cls, base) and getattr(cls, member, None) is getattr(base, member, _ABSENT)


_ABSENT = object()


# Modules without a full `__all__` whose public names are part of the documentation all the same.
_BY_DEFINITION = ('asyncio.subprocess',)


def _defined_names(module):
    return [name for name, value in vars(module).items()
            if not name.startswith('_') and not _inspect.ismodule(value)
            and getattr(value, '__module__', module.__name__) == module.__name__]


def _public_names(package_name):
    package = _importlib.import_module(package_name)
    homes = {}

    def add(home, name, value, definition=None):
        if not name.startswith('_'):
            homes.setdefault(name, _entry(home, name, value, definition))

    for name in getattr(package, '__all__', ()):
        if hasattr(package, name):
            add(package_name, name, getattr(package, name))
    for info in _pkgutil.iter_modules(getattr(package, '__path__', ())):
        if info.name.startswith('_'):
            continue
        full = f'{package_name}.{info.name}'
        try:
            module = _importlib.import_module(full)
        except ImportError:
            module = None
        for name, definition in _listed(full).items():
            # A name that the package itself has not is known by the module that has it.
            add(full, name, getattr(module, name, None), definition)
        if full in _BY_DEFINITION:
            for name in _defined_names(module):
                add(full, name, getattr(module, name))
    return sorted(homes.values(), key=lambda entry: (entry['home'], entry['name']))


def public_names():
    names = [entry for package in ('asyncio', 'contextvars', 'concurrent.futures') for entry in _public_names(package)]
    return json.dumps({'version': _sys.version.split()[0], 'names': names})


public_names()
