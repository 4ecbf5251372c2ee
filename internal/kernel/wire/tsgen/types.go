package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"reflect"
	"strings"
)

func constants(f *ast.File) []*ast.ValueSpec {
	var specs []*ast.ValueSpec
	for _, d := range f.Decls {
		if gd, ok := d.(*ast.GenDecl); ok && gd.Tok == token.CONST {
			for _, s := range gd.Specs {
				specs = append(specs, s.(*ast.ValueSpec))
			}
		}
	}
	return specs
}

// typeOf translates a field's Go type. Identifiers of package id are strings.
func typeOf(e ast.Expr) (string, error) {
	switch t := e.(type) {
	case *ast.StarExpr:
		return typeOf(t.X)
	case *ast.ArrayType:
		inner, err := typeOf(t.Elt)
		return inner + "[]", err
	case *ast.MapType:
		inner, err := typeOf(t.Value)
		return "Record<string, " + inner + ">", err
	case *ast.SelectorExpr:
		if t.X.(*ast.Ident).Name == "id" {
			return "string", nil
		}
		return t.Sel.Name, nil
	case *ast.Ident:
		switch t.Name {
		case "string", "bool", "int", "int64":
			return map[string]string{"string": "string", "bool": "boolean", "int": "number", "int64": "number"}[t.Name], nil
		}
		return name(t.Name), nil
	default:
		return "", fmt.Errorf("tsgen does not know the type %T", e)
	}
}

func jsonKey(tag *ast.BasicLit) (key string, optional, ok bool) {
	if tag == nil {
		return "", false, false
	}
	parts := strings.Split(reflect.StructTag(strings.Trim(tag.Value, "`")).Get("json"), ",")
	return parts[0], len(parts) > 1 && parts[1] == "omitempty", parts[0] != ""
}

// literals turns the comment of a T field (`"join", "leave"`) into a union of those words.
func literals(c *ast.CommentGroup, otherwise string) string {
	if c == nil {
		return otherwise
	}
	var words []string
	for _, m := range quoted.FindAllStringSubmatch(c.Text(), -1) {
		words = append(words, "'"+m[1]+"'")
	}
	if len(words) == 0 {
		return otherwise
	}
	return strings.Join(words, " | ")
}

// number prints a constant as TypeScript writes it: only literals and shifts of them occur.
func number(e ast.Expr) string {
	switch v := e.(type) {
	case *ast.BasicLit:
		return v.Value
	case *ast.BinaryExpr:
		return number(v.X) + " " + v.Op.String() + " " + number(v.Y)
	default:
		return "0"
	}
}

func name(s string) string {
	if other, ok := renamed[s]; ok {
		return other
	}
	return s
}

func tail(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	return " // " + strings.TrimSpace(c.Text())
}
