import { readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * What is said of the properties of an object literal in the comments (`/** … *\/`) before them, by their names: the
 * remarks that an editor shows are those of the page. `within` names the functions or variables that the literals are in.
 */
export function remarksIn(path: string, ...within: readonly string[]): ReadonlyMap<string, string> {
  const url = new URL(`../../${path}`, import.meta.url);
  const source = ts.createSourceFile(path, readFileSync(url, 'utf8'), ts.ScriptTarget.Latest, true);
  const remarks = new Map<string, string>();
  const visit = (node: ts.Node, inside: boolean): void => {
    const named = ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node);
    const here = inside || (named && within.includes(node.name?.getText() ?? ''));
    if (here && ts.isObjectLiteralExpression(node)) {
      for (const property of node.properties) {
        const comments = ts.getJSDocCommentsAndTags(property).map(({ comment }) => ts.getTextOfJSDocComment(comment));
        if (property.name && comments[0]) remarks.set(property.name.getText(), comments[0].replace(/\s*\n\s*/g, ' '));
      }
      return;
    }
    ts.forEachChild(node, (child) => visit(child, here));
  };
  visit(source, false);
  if (remarks.size === 0) throw new Error(`${path}: no remark within ${within.join(', ')}.`);
  return remarks;
}
