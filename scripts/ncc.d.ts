declare module '@vercel/ncc' {
  /** The part of the bundler's programmatic interface that we use. */
  export default function ncc(
    entry: string,
    options: { minify: boolean; cache: false; quiet: boolean; license: string },
  ): Promise<{ code: string; assets: Record<string, { source: string | Buffer }> }>;
}
